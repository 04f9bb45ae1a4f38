"""Takes off a prompt what says nothing of the work: a greeting before it, thanks after it, being talked down, and a
sentence before it that only says that something is asked.

Only the first and the last few sentences are looked at, and what is nothing else but courtesy stays as it is: a
greeting alone is a conversation.
"""

from __future__ import annotations

import re

REACH = 240
"""Characters at each end in which it is looked for."""
LEAST = 12
"""A prompt of which less than this would be left stays as it is."""
_PASSES = 3

_TALKED_DOWN = r"""(?:
        (?:this|it|that)(?:\sone|'s)?\s(?:is\s)?(?:(?:a|very|really|quite|so|just|pretty)\s)*
          (?:easy|trivial|simple|basic|quick)(?:\s(?:one|task|question|job|request|thing))?
          (?:\s*[.!?:\n]+|\s*,[^.!?:\n]{0,80}[.!?:\n]+)
      | (?:please\s)?(?:just\s)?(?:use|route|send|ask|take|pick|choose|give)\b[^.!?:\n]{0,40}
          \b(?:cheap|cheapest|cheaper|small|smaller|smallest|weak|basic|economy|free|fast)\b
          [^.!?:\n]{0,20}\bmodel\b[^.!?:\n]{0,30}[.!?:\n]+
      | (?:a|the|any|your)\s(?:cheap|cheaper|cheapest|small|smaller|smallest|weak|basic)\b[^.!?:\n]{0,20}\bmodel\s
          (?:will|is|would|can|should)\b[^.!?:\n]{0,30}[.!?:\n]+
      )"""
_BEFORE = re.compile(
    rf"""\W*(?:
      (?:hi|hello|hey|hallo|bonjour|salut|hola|ciao|olá|oi|hoi|привет|здравствуйте|你好|您好|こんにちは
        |dear\s\w+|good\s(?:morning|day|evening|afternoon)|guten\s(?:morgen|tag|abend)|buenos\sdías|buongiorno
        |bom\sdia|добрый\sдень)
      (?:\s(?:there|all|everyone|zusammen|à\stous|assistant|bot|chatgpt|claude|ai))?\s*[!,.:;！，。、\n]+
    | (?:i\shope\s(?:you|this)|sorry\sto\sbother|quick\squestion)\b[^.!?:\n]{{0,60}}[.!?:\n]+
    | {_TALKED_DOWN}
    )\s*""",
    re.IGNORECASE | re.VERBOSE,
)
_DOWN = re.compile(rf"(?:^|(?<=[.!?\n]))\s*{_TALKED_DOWN}\s*\Z", re.IGNORECASE | re.VERBOSE)
_AFTER = re.compile(
    r"""(?:^|(?<=[.!?,\n。！？]))\s*(?:
      (?:many\s)?(?:thanks|thank\syou|thx|cheers|danke|vielen\sdank|merci|gracias|grazie|obrigad[oa]|bedankt|спасибо
        |谢谢|ありがとう(?:ございます)?)[^.!?\n]{0,60}
    | have\sa\s(?:nice|good|great|lovely)\s\w+
    | (?:kind|best|warm)\s(?:regards|wishes)[^\n]{0,40}
    | (?:any|your)\shelp\s(?:is|would\sbe)\s[^.!?\n]{0,40}appreciated
    | please(?:\sand\sthank\syou)?
    )\s*[.!,。！]*\s*\Z""",
    re.IGNORECASE | re.VERBOSE,
)


_SENTENCE = re.compile(r"([^.!?:\n]+)[.!?:\n]+\s*")
_ASKING_WORDS = """
    a an the i i'm i'd i've me my we us our you your it it's this that these is are am be been do does did have has had
    can could will would may might shall should please kindly just so now then and or but if for with in on to of about
    from as at by here here's there some any following below next one more thing things something anything question
    questions request requests task tasks problem problems issue favour favor help need want like love wish ask asking
    asked answer know let
"""
_ASKING = frozenset(_ASKING_WORDS.split())
"""Words with which one can say that something is asked, but not what."""


def strip(text: str) -> str:
    """The prompt without its courtesies; the same text where nothing else would be left."""
    bare = text.strip()
    for _ in range(_PASSES):
        before = bare
        if found := _BEFORE.match(bare, 0, REACH):
            bare = bare[found.end() :]
        if (found := _SENTENCE.match(bare, 0, REACH)) and _ASKING.issuperset(found[1].lower().split()):
            bare = bare[found.end() :]
        for pattern in (_AFTER, _DOWN):
            tail = bare[-REACH:]
            if found := pattern.search(tail if tail.endswith(("\n", ".", "!", "?")) else tail + "\n"):
                bare = bare[: len(bare) - len(tail) + found.start()]
        bare = bare.strip()
        if bare == before:
            break
    return bare if len(bare) >= LEAST else text
