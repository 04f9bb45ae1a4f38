"""RouteLLM's figures, as published: arXiv:2406.18665v4, tables 1 to 3, its best routers by training.

What a router had seen decides what it may be held against. `Arena` is 80,000 battles of Chatbot Arena, nothing of the
benchmark. `1,500 of MMLU` adds that many questions of MMLU's validation split with their answers. `a judge` adds
GPT-4's verdicts on answers to other people's prompts.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Published:
    trained_on: str
    router: str
    cpt50: float
    cpt80: float
    apgr: float


ROUTELLM = {
    "mt_bench": (
        Published("Arena", "similarity-weighted ranking", 0.3785, 0.5899, 0.610),
        Published("Arena and a judge", "matrix factorization", 0.1340, 0.3131, 0.802),
    ),
    "mmlu": (
        Published("Arena", "matrix factorization", 0.4500, 0.7686, 0.524),
        Published("Arena and 1,500 of MMLU", "similarity-weighted ranking", 0.3540, 0.7155, 0.603),
    ),
    "gsm8k": (
        Published("Arena", "similarity-weighted ranking", 0.5443, 0.8211, 0.475),
        Published("Arena and a judge", "similarity-weighted ranking", 0.4121, 0.7220, 0.568),
        Published("Arena and a judge", "Llama 3 of 8 B", 0.3364, 0.6326, 0.622),
    ),
}
