"""The cost events as Parquet in S3 with an Athena table over them, for those who outgrow CloudWatch (`-c events=s3`).

router's log ─ subscription ─► Firehose: unpack, take the message, JSON → Parquet ─► S3 ◄─ Glue table ◄─ Athena
"""

from __future__ import annotations

from aws_cdk import Duration, Size, Stack
from aws_cdk import aws_athena as athena
from aws_cdk import aws_glue as glue
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kinesisfirehose as firehose
from aws_cdk import aws_logs as logs
from aws_cdk import aws_logs_destinations as destinations
from aws_cdk import aws_s3 as s3
from constructs import Construct

from infra.columns import columns
from infra.function import removal, retention
from infra.nag import acknowledge, wildcard
from infra.settings import Settings
from pointsman.metering.names import LOG_MESSAGE
from pointsman.metering.record import CostRecord

EVENTS, RESULTS, REJECTED = "events/", "results/", "rejected/"
TABLE = "cost_events"
KEEP = Duration.days(400)
"""A year, and the month in which it is looked at."""


class EventLake(Construct):
    """`stream`: its lateness is an alarm's business."""

    def __init__(self, scope: Construct, id: str, *, settings: Settings, log_group: logs.ILogGroup) -> None:
        super().__init__(scope, id)
        self._settings = settings
        self.database = f"pointsman_{settings.stage}"
        self.bucket = s3.Bucket(
            self,
            "Bucket",
            encryption=s3.BucketEncryption.S3_MANAGED,
            block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
            enforce_ssl=True,
            removal_policy=removal(settings),
            lifecycle_rules=[
                s3.LifecycleRule(prefix=EVENTS, expiration=KEEP),
                s3.LifecycleRule(prefix=RESULTS, expiration=Duration.days(30)),
                s3.LifecycleRule(prefix=REJECTED, expiration=Duration.days(30)),
            ],
        )
        acknowledge(self.bucket, {"S1": "It holds counts, costs and ids, no prompt; CloudTrail tells who read it."})
        self.stream = self._stream(self._table())
        logs.SubscriptionFilter(
            self,
            "CostEvents",
            log_group=log_group,
            destination=destinations.FirehoseDestination(self.stream),
            filter_pattern=logs.FilterPattern.string_value("$.message", "=", LOG_MESSAGE),
        )
        self._workgroup()

    def _table(self) -> glue.CfnTable:
        """A partition for each day, which Athena works out by itself: there is nothing to crawl."""
        account = Stack.of(self).account
        database = glue.CfnDatabase(
            self,
            "Database",
            catalog_id=account,
            database_input=glue.CfnDatabase.DatabaseInputProperty(name=self.database),
        )
        location = f"s3://{self.bucket.bucket_name}/{EVENTS}"
        parquet = "org.apache.hadoop.hive.ql.io.parquet"
        table = glue.CfnTable(
            self,
            "Table",
            catalog_id=account,
            database_name=self.database,
            table_input=glue.CfnTable.TableInputProperty(
                name=TABLE,
                table_type="EXTERNAL_TABLE",
                partition_keys=[glue.CfnTable.ColumnProperty(name="day", type="date")],
                parameters={
                    "classification": "parquet",
                    "projection.enabled": "true",
                    "projection.day.type": "date",
                    "projection.day.format": "yyyy-MM-dd",
                    "projection.day.range": "2026-01-01,NOW",
                    "storage.location.template": f"{location}day=${{day}}/",
                },
                storage_descriptor=glue.CfnTable.StorageDescriptorProperty(
                    location=location,
                    columns=[glue.CfnTable.ColumnProperty(name=name, type=kind) for name, kind in columns(CostRecord)],
                    input_format=f"{parquet}.MapredParquetInputFormat",
                    output_format=f"{parquet}.MapredParquetOutputFormat",
                    serde_info=glue.CfnTable.SerdeInfoProperty(
                        serialization_library=f"{parquet}.serde.ParquetHiveSerDe"
                    ),
                ),
            ),
        )
        table.add_resource_dependency(database)
        return table

    def _stream(self, table: glue.CfnTable) -> firehose.DeliveryStream:
        """Fields that the table does not know, CloudWatch's `_aws` among them, are left behind."""
        stack, settings = Stack.of(self), self._settings
        log_group = logs.LogGroup(self, "Logs", retention=retention(settings), removal_policy=removal(settings))
        role = iam.Role(self, "Role", assumed_by=iam.ServicePrincipal("firehose.amazonaws.com"))
        parts = ("catalog", f"database/{self.database}", f"table/{self.database}/{TABLE}")
        for actions, resources in (
            (["s3:PutObject", "s3:AbortMultipartUpload"], [f"{self.bucket.bucket_arn}/{EVENTS}*"]),
            (["s3:PutObject", "s3:AbortMultipartUpload"], [f"{self.bucket.bucket_arn}/{REJECTED}*"]),
            (["s3:GetBucketLocation", "s3:ListBucketMultipartUploads"], [self.bucket.bucket_arn]),
            (
                ["glue:GetTable", "glue:GetTableVersion", "glue:GetTableVersions"],
                [stack.format_arn(service="glue", resource=part) for part in parts],
            ),
            (["logs:PutLogEvents"], [log_group.log_group_arn]),
        ):
            role.add_to_policy(iam.PolicyStatement(actions=actions, resources=resources))
        writes = "It writes objects with a name for each hour, below these two prefixes of its own bucket."
        logging = "A log group's ARN ends in `:*`, which stands for its streams."
        acknowledge(
            role,
            {
                **{wildcard(stack, f"{self.bucket.bucket_arn}/{prefix}*"): writes for prefix in (EVENTS, REJECTED)},
                wildcard(stack, log_group.log_group_arn): logging,
            },
        )
        granted = role.without_policy_updates()  # what it would be given besides includes deleting
        stream = firehose.DeliveryStream(
            self,
            "Stream",
            role=granted,
            encryption=firehose.StreamEncryption.aws_owned_key(),
            destination=firehose.S3Bucket(
                self.bucket,
                role=granted,
                data_output_prefix=EVENTS + "day=!{timestamp:yyyy-MM-dd}/",
                error_output_prefix=REJECTED + "!{firehose:error-output-type}/",
                buffering_interval=Duration.minutes(5),
                buffering_size=Size.mebibytes(64),  # the least where the format is converted
                logging_config=firehose.EnableLogging(log_group),
                processors=[
                    firehose.DecompressionProcessor(),
                    firehose.CloudWatchLogProcessor(data_message_extraction=True),
                ],
                data_format_conversion=firehose.DataFormatConversionProps(
                    input_format=firehose.OpenXJsonInputFormat(),
                    output_format=firehose.ParquetOutputFormat(),
                    schema_configuration=firehose.SchemaConfiguration.from_cfn_table(table),
                ),
            ),
        )
        stream.node.add_dependency(role)  # with its policy: Firehose looks whether it may write when it is made
        return stream

    def _workgroup(self) -> None:
        athena.CfnWorkGroup(
            self,
            "Workgroup",
            name=f"pointsman-{self._settings.stage}",
            recursive_delete_option=not self._settings.production,
            work_group_configuration=athena.CfnWorkGroup.WorkGroupConfigurationProperty(
                enforce_work_group_configuration=True,
                bytes_scanned_cutoff_per_query=100 * 10**9,
                result_configuration=athena.CfnWorkGroup.ResultConfigurationProperty(
                    output_location=f"s3://{self.bucket.bucket_name}/{RESULTS}",
                    encryption_configuration=athena.CfnWorkGroup.EncryptionConfigurationProperty(
                        encryption_option="SSE_S3"
                    ),
                ),
            ),
        )
