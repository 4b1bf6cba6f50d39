"""Why a window is shorter than the law wants is printed wherever the text of its notice is."""

from pathlib import Path

import pytest

from channels.base import Rendition
from producers.rendering import render_one
from tests.channels.contract import made, messages, tools

WHY = "上级文件要求于十二月中旬前执行"


@pytest.mark.parametrize("name", ["website", "feed", "poster", "wechat"])
def test_the_reason_stands_in_the_notice_itself(tmp_path: Path, name: str) -> None:
    said = messages()["t06b-consultation-posts"]
    assert WHY not in f"{said.version.body}{said.version.summary}"
    shorter = said.version.model_copy(update={"fields": {**said.version.fields, "shorter_because": WHY}})
    with tools(tmp_path) as given:
        channel = made(name, given)
        for version, there in ((shorter, True), (said.version, False)):
            rendition = render_one(channel, said.model_copy(update={"version": version}))
            assert isinstance(rendition, Rendition)
            words = "".join(rendition.text.split())
            assert (WHY in words) is there
            assert ("不足三十日的理由" in words) is there
