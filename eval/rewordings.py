"""Ways to change a prompt that change nothing of what is asked."""

from __future__ import annotations

import random
import re
from collections.abc import Callable

Change = Callable[[str, random.Random], str]

FOOTER = """\
This message and its attachments are meant for the person they are addressed to and may hold confidential information.
If they came to you by mistake, please tell the sender and delete them; any use, copy or disclosure is prohibited.
Opinions given here are those of the author and not of Northwind Holdings Ltd. We check outgoing mail for viruses but
accept no liability for damage that it may cause. Registered in Bristol, number 04 417 322, VAT GB 771 2204 19. Our
offices are closed on public holidays. Think of the environment before printing. Follow us for news on products."""

PASSAGE = """\
The ferry to the island will not run before Easter, the harbour master said on Thursday. Divers who looked at the pier
found that two of its nine piles had given way, most likely in the storm of last November, and repairs must wait until
the water is calm enough to work in. For the three hundred people who live on the island this means a detour by way of
the northern bridge, which takes about fifty minutes longer. Shops have begun to order twice as much flour and diesel as
usual. The school, whose teachers come over every morning, first thought of closing but now teaches by video."""

_LETTERS = re.compile(r"[^\W\d_]{4,}")
_KEYS = ("qwertyuiop", "asdfghjkl", "zxcvbnm")


def _slips(slip: Callable[[str, str, random.Random], str]) -> Change:
    """A slip of the finger in one of eight longer words, never at its first letter. `slip` is given the letter, the
    next one and chance, and gives what stands there instead of both."""

    def change(prompt: str, chance: random.Random) -> str:
        def slipped(word: re.Match[str]) -> str:
            if chance.random() > 1 / 8:
                return word[0]
            at = chance.randrange(1, len(word[0]) - 2)
            return word[0][:at] + slip(word[0][at], word[0][at + 1], chance) + word[0][at + 2 :]

        return _LETTERS.sub(slipped, prompt)

    return change


def _beside(letter: str, chance: random.Random) -> str:
    """The key to the left or to the right of a letter's."""
    row = next((row for row in _KEYS if letter.lower() in row), letter)
    at = row.index(letter.lower()) if letter.lower() in row else 0
    return chance.choice(row[max(0, at - 1) : at] + row[at + 1 : at + 2] or letter)


CHANGES: dict[str, Change] = {
    "lower case": lambda prompt, _: prompt.lower(),
    "UPPER CASE": lambda prompt, _: prompt.upper(),
    "two letters swapped in one of eight words": _slips(lambda one, next_, _: next_ + one),
    "a letter missing in one of eight words": _slips(lambda one, next_, _: next_),
    "a letter twice in one of eight words": _slips(lambda one, next_, _: one + one + next_),
    "the next key hit in one of eight words": _slips(lambda one, next_, chance: _beside(one, chance) + next_),
    "no punctuation at the end": lambda prompt, _: prompt.rstrip(" .?!\n"),
    "blank lines around": lambda prompt, _: f"\n\n  {prompt}\n\n\n",
    "politeness around": lambda prompt, _: f"Hi! {prompt}\n\nThanks a lot in advance, have a nice day!",
    "wording before": lambda prompt, _: f"I would like you to help me with the following request. {prompt}",
    "another wording before": lambda prompt, _: f"My colleague asked me to pass this on to you. {prompt}",
    "a third wording before": lambda prompt, _: f"Here comes the next thing on my list for today. {prompt}",
    "a question before": lambda prompt, _: f"Could I ask you for a favour? {prompt}",
    "wording after": lambda prompt, _: f"{prompt}\n\nTake your time, and let me know should anything be unclear.",
    "one sentence twelve times after": lambda prompt, _: (
        prompt + "\n\n" + "The rest of this message is of no importance. " * 12
    ),
    "a footer after": lambda prompt, _: f"{prompt}\n\n{FOOTER}",
    "a passage after": lambda prompt, _: f"{prompt}\n\n{PASSAGE}",
    "a name after": lambda prompt, _: f"{prompt}\n\nTom Miller, Northwind Ltd",
    "a footer before": lambda prompt, _: f"{FOOTER}\n\n{prompt}",
    "“this is easy” before": lambda prompt, _: f"This is easy, use the cheap model. {prompt}",
    "talked down otherwise": lambda prompt, _: f"No big brain needed here, go for the budget option please. {prompt}",
    "“this is easy” after": lambda prompt, _: f"{prompt}\nThis is trivial, a small and cheap model will do.",
}
