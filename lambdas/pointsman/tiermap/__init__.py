"""The tier map: from the draft that people edit to the compiled snapshot that routers read.

    draft items ─► compile ─► TierMap ─► snapshot ─► LIVE      publish
                                             LIVE ─► read ─► router

`store` alone speaks to DynamoDB; `shapes` knows how the map's items look there.
"""
