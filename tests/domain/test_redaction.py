"""What a program says of itself, without its passwords."""

import pytest

from domain.redaction import redacted


@pytest.mark.parametrize(
    ("line", "said"),
    [
        pytest.param("3 documents indexed", "3 documents indexed", id="an ordinary line"),
        pytest.param(
            "connecting to postgresql+psycopg://ali:s3cr/et@10.0.0.1/db failed",
            "connecting to postgresql+psycopg://ali:***@10.0.0.1/db failed",
            id="an address",
        ),
        pytest.param("host=h password=s3cret user=u", "host=h password=*** user=u", id="a DSN"),
        pytest.param("{'API_TOKEN': 's3cret'}", "{'API_TOKEN': ***", id="a mapping"),
        pytest.param("http://10.0.0.1:9200/documents@x", "http://10.0.0.1:***@x", id="rather one too many"),
        pytest.param("http://10.0.0.1:9200 answered 503", "http://10.0.0.1:9200 answered 503", id="no login"),
    ],
)
def test_passwords_are_left_out(line: str, said: str) -> None:
    assert redacted(line) == said
