"""TwiML of one call, made by the twilio SDK: who is meant, and only after their key the notice and a second key."""

import hashlib
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import quote

from twilio.twiml.voice_response import Gather, VoiceResponse  # type: ignore[import-untyped]

from notifiers.voice import prompts

TWIML = "text/xml; charset=utf-8"
MOST = 64_000  # bytes of an answer, "64 kB": https://www.twilio.com/docs/api/errors/11750
WAIT = 10  # seconds for the key after the last word; ours
# Of one <Say>: 3,000 bytes by the narrowest voice, and 4,500 characters of its URL encoding, in which a Chinese
# character has nine. https://www.twilio.com/docs/api/errors/13521
_MOST_SAID, _MOST_QUOTED = 3000, 4500
_LONGEST_ACTION = 300  # characters
_STOPS = "\n.!?。！？။"

# Locale and voice by language. https://www.twilio.com/docs/voice/twiml/say/text-speech and the lists SayLanguage and
# SayVoice in Twilio's own SDK (github.com/twilio/twilio-node, src/twiml/VoiceResponse.ts). Burmese is in neither.
VOICES: Mapping[str, Mapping[str, str]] = {
    "en": {"language": "en-US", "voice": "Polly.Joanna"},
    "zh-Hans": {"language": "cmn-CN", "voice": "Google.cmn-CN-Standard-A"},
}


class Speaker:
    """Says in one language what can be said in it: by a voice, or by recordings of these very words."""

    def __init__(self, language: str, recordings: Mapping[str, str]) -> None:
        self._language, self._recordings = language, recordings
        self._voice = VOICES.get(language)

    def lacks(self, words: str) -> list[str]:
        """What is missing before a notice with these words can be said, one sentence each."""
        prompt = prompts().words.get(self._language)
        if prompt is None:
            return ["There are no words in this language that ask who has picked up."]
        needed = [] if self._voice else [self._key(one) for one in (prompt.greets, words, prompt.asks)]
        missing = [key for key in needed if key not in self._recordings]
        return [f"There is no voice for this language and no recording {key}." for key in missing]

    def is_too_long(self, words: str) -> bool:
        """Whether Twilio would not take these words at once; for words that lack nothing."""
        return len(self.notice(words, "x" * _LONGEST_ACTION).encode()) > MOST

    def greeting(self, sender: str, action: str) -> str:
        """Who calls, said twice, and the question for a key. Twilio calls `action` with the key, or without one."""
        response, greets = VoiceResponse(), prompts().words[self._language].greets
        gather = response.append(_gather(action)).verbs[-1]
        self._say(gather, greets, sender)
        gather.pause(length=2)
        self._say(gather, greets, sender)
        return str(response)

    def notice(self, words: str, action: str) -> str:
        """The notice, said whole before any key counts, the question for the second key, and the notice again."""
        response, asks = VoiceResponse(), prompts().words[self._language].asks
        self._say(response, words)
        gather = response.append(_gather(action)).verbs[-1]
        self._say(gather, asks)
        gather.pause(length=1)
        self._say(gather, words)
        self._say(gather, asks)
        return str(response)

    def _say(self, into: Any, words: str, sender: str = "") -> None:
        if self._voice is None:
            into.play(self._recordings[self._key(words)])
            return
        for piece in pieces(words.replace("{sender}", sender) if sender else words):
            into.say(piece, **self._voice)

    def _key(self, words: str) -> str:
        return f"{self._language}:{digest_of(words)}"


def pieces(words: str) -> Iterator[str]:
    """`words` in pieces that one <Say> takes, broken behind a stop where there is one."""
    start = 0
    while start < len(words):
        end = _end(words, start)
        yield words[start:end]
        start = end


def _end(words: str, start: int) -> int:
    end, said, quoted, stop = start, 0, 0, 0
    while end < len(words):
        said, quoted = said + len(words[end].encode()), quoted + len(quote(words[end]))
        if said > _MOST_SAID or quoted > _MOST_QUOTED:
            return stop or end
        end += 1
        stop = end if words[end - 1] in _STOPS else stop
    return end


def _gather(action: str) -> Gather:
    # With action_on_empty_result Twilio calls in any case: who presses no key is told of, too.
    return Gather(input="dtmf", num_digits=1, timeout=WAIT, action=action, action_on_empty_result=True)


def hung_up() -> bytes:
    """The answer that ends a call."""
    response = VoiceResponse()
    response.hangup()
    return str(response).encode()


def digest_of(words: str) -> str:
    """By what a recording names the words that it says: a recording of other words is never played."""
    return hashlib.sha256(words.encode()).hexdigest()[:12]
