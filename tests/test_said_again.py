"""What an attempt wrote down in one language is read in the other."""

import pytest

from config.messages import Language, catalogue, say
from config.said_again import AREAS, said_again


def test_a_note_is_said_in_the_readers_language() -> None:
    taken = say("webhook.taken", "zh", status=204)
    assert said_again(taken, "en") == say("webhook.taken", "en", status=204)
    assert said_again(say("webhook.taken", "en", status=204), "zh") == taken
    assert said_again(taken, "zh") == taken
    quoted = say("webhook.no_secret", "en", name="ribao")
    assert said_again(quoted, "zh") == say("webhook.no_secret", "zh", name="ribao")


def test_what_is_quoted_in_a_message_is_said_again_too() -> None:
    def told(language: Language) -> str:
        cause = say("smsvendor.no_money", language, by="isv.AMOUNT_NOT_ENOUGH")
        return say("sms.then_enable", language, cause=cause)

    assert said_again(told("zh"), "en") == told("en")
    assert said_again(told("en"), "zh") == told("zh")


def test_words_of_others_stay_as_they_are() -> None:
    for text in ("", "Service Unavailable", "对方的话：请稍后"):
        assert said_again(text, "en") == said_again(text, "zh") == text


@pytest.mark.parametrize("area", AREAS)
def test_every_message_without_blanks_comes_back(area: str) -> None:
    for name, texts in catalogue(area).items():
        if "{" not in texts["zh"] and len(texts["zh"]) >= 6:
            assert said_again(texts["zh"], "en") == texts["en"], name
