"""The frozen types that pass between two stages; everything else is local to its stage.

    ChatRequest ─► classify ─► Classification ─► decide ─► Decision ─► invoke ─► Completion | Chunk… ─► CostEvent

Units: money is integer nano-dollars (1e-9 USD), time is seconds as float unless the name says `_ms`, tokens are
integers, and `None` always means "not reported", never zero.
"""

from pointsman.domain.account import Account, Limits
from pointsman.domain.answer import (
    Choice,
    Chunk,
    Completion,
    End,
    Finish,
    TextDelta,
    ThinkingDelta,
    ToolCallDelta,
    Usage,
    UsageSoFar,
)
from pointsman.domain.classification import Classification, Form, Kind, Signal, Task
from pointsman.domain.content import (
    CacheTtl,
    Document,
    Image,
    Json,
    Message,
    Part,
    Text,
    Thinking,
    ToolCall,
    ToolResult,
)
from pointsman.domain.cost import Attempt, CostEvent, ShadowCost
from pointsman.domain.decision import Decision, Shadow, Target
from pointsman.domain.feedback import Feedback
from pointsman.domain.request import (
    Capability,
    ChatRequest,
    DialectName,
    Reasoning,
    ResponseFormat,
    Tool,
    ToolChoice,
    request_of,
)
from pointsman.domain.tiermap import (
    Band,
    Candidate,
    CustomTask,
    CustomTasks,
    LongContext,
    MapView,
    Model,
    Prices,
    Publication,
    Route,
    SecondStage,
    Settings,
    Tier,
    TierMap,
    Trial,
)

__all__ = [
    "Account",
    "Attempt",
    "Band",
    "CacheTtl",
    "Candidate",
    "Capability",
    "ChatRequest",
    "Choice",
    "Chunk",
    "Classification",
    "Completion",
    "CostEvent",
    "CustomTask",
    "CustomTasks",
    "Decision",
    "DialectName",
    "Document",
    "End",
    "Feedback",
    "Finish",
    "Form",
    "Image",
    "Json",
    "Kind",
    "Limits",
    "LongContext",
    "MapView",
    "Message",
    "Model",
    "Part",
    "Prices",
    "Publication",
    "Reasoning",
    "ResponseFormat",
    "Route",
    "SecondStage",
    "Settings",
    "Shadow",
    "ShadowCost",
    "Signal",
    "Target",
    "Task",
    "Text",
    "TextDelta",
    "Thinking",
    "ThinkingDelta",
    "Tier",
    "TierMap",
    "Tool",
    "ToolCall",
    "ToolCallDelta",
    "ToolChoice",
    "ToolResult",
    "Trial",
    "Usage",
    "UsageSoFar",
    "request_of",
]
