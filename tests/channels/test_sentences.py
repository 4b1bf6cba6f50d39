"""Sentences of a finished text: none is cut, none is lost, and the right one is found."""

from hypothesis import given
from hypothesis import strategies as st

from channels.sentences import around, at, sentences

SIGNED = "【云岭高新区人社局】政策解读：《办法》自12月1日起施行！详询“12333”。请早办"


def test_a_signature_and_every_sentence_stand_by_themselves() -> None:
    assert sentences(SIGNED) == [
        "【云岭高新区人社局】",
        "政策解读：《办法》自12月1日起施行！",
        "详询“12333”。",
        "请早办",
    ]
    assert sentences("他说：“停办。”另行通知？！一行\n又一行") == ["他说：“停办。”", "另行通知？！", "一行", "又一行"]


def test_the_sentence_is_the_one_that_holds_the_place_or_the_words() -> None:
    assert at(SIGNED, SIGNED.index("办法")) == "政策解读：《办法》自12月1日起施行！"
    assert at(SIGNED, len(SIGNED) - 1) == "请早办"
    assert at(SIGNED, len(SIGNED)) == ""
    assert around(SIGNED, "12333") == "详询“12333”。"
    assert around(SIGNED, "施行！详询") == "政策解读：《办法》自12月1日起施行！详询“12333”。"
    assert around(SIGNED, "没有的话") == around(SIGNED, "") == ""


@given(st.text(alphabet="办法，。！？【】“”\n 一二", max_size=60), st.data())
def test_nothing_of_a_text_is_lost_and_whatever_stands_in_it_is_found(text: str, data: st.DataObject) -> None:
    found = sentences(text)
    assert "".join(found).replace(" ", "") == "".join(text.split()), "every word once, in order"
    if not text:
        return
    place = data.draw(st.integers(0, len(text) - 1))
    if text[place].strip():
        assert text[place] in at(text, place)
        assert at(text, place) in found
        assert text[place] in around(text, text[place])
