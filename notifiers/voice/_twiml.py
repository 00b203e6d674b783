"""TwiML of one call, made by the twilio SDK: the notice said, a key asked for, the notice said again."""

import hashlib
from collections.abc import Mapping
from typing import Any

from twilio.twiml.voice_response import Gather, VoiceResponse  # type: ignore[import-untyped]

from notifiers.voice import prompts

TWIML = "text/xml; charset=utf-8"
MOST = 4000  # characters of `Twiml`: https://www.twilio.com/docs/api/errors/32018
WAIT = 10  # seconds for the key after the last word; ours

# Locale and voice by language. https://www.twilio.com/docs/voice/twiml/say/text-speech and the lists SayLanguage and
# SayVoice in Twilio's own SDK (github.com/twilio/twilio-node, src/twiml/VoiceResponse.ts). Burmese is in neither.
VOICES: Mapping[str, Mapping[str, str]] = {
    "en": {"language": "en-US", "voice": "Polly.Joanna"},
    "zh-Hans": {"language": "cmn-CN", "voice": "Google.cmn-CN-Standard-A"},
}


class Saying:
    """What one call says. No key cuts the notice short when it is first said, so whoever confirms has been told.
    Whatever comes then, a key or nothing, Twilio calls `action`; without an `action` no key is asked for."""

    def __init__(self, words: str, language: str, action: str, recording: str = "") -> None:
        self._words, self._action, self._recording = words, action, recording
        self._voice = VOICES.get(language, {})
        # A recording asks for the key itself, in the voice that speaks it.
        self._asks = prompts().words[language].says if action and not recording else ""

    def fitting(self) -> str:
        """The notice said twice, or once where there is no room for more; empty where there is none for that."""
        return next((one for one in (self._twiml(again=True), self._twiml(again=False)) if len(one) <= MOST), "")

    @property
    def length(self) -> int:
        """Characters, with the notice said once."""
        return len(self._twiml(again=False))

    def _twiml(self, *, again: bool) -> str:
        response = VoiceResponse()
        self._say(response)
        rest = response.append(self._gather()).verbs[-1] if self._action else response
        self._ask(rest)
        if again:
            rest.pause(length=1)
            self._say(rest)
            self._ask(rest)
        return str(response)

    def _gather(self) -> Gather:
        # With action_on_empty_result Twilio calls in any case: who stays to the end without a key is told of, too.
        return Gather(input="dtmf", num_digits=1, timeout=WAIT, action=self._action, action_on_empty_result=True)

    def _say(self, into: Any) -> None:
        if self._recording:
            into.play(self._recording)
        else:
            into.say(self._words, **self._voice)

    def _ask(self, into: Any) -> None:
        if self._asks:
            into.say(self._asks, **self._voice)


def hung_up() -> bytes:
    """The answer that ends a call."""
    response = VoiceResponse()
    response.hangup()
    return str(response).encode()


def digest_of(words: str) -> str:
    """By what a recording names the words that it says: a recording of other words is never played."""
    return hashlib.sha256(words.encode()).hexdigest()[:12]
