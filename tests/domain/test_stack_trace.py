"""A stack trace, in one line."""

import pytest

from domain.stack_trace import told

TRACE = """failed shard on node [n1]: failed recovery, failure org.es.RecoveryFailedException: [notes][0]
\tat org.elasticsearch.IndexShard.executeRecovery(IndexShard.java:3714)
\tat java.base/java.lang.Thread.run(Unknown Source)
Caused by: [notes/x][[notes][0]] org.elasticsearch.IndexShardRecoveryException: failed recovery
\t... 56 more
Caused by: org.apache.lucene.CorruptIndexException: verification failed: expected=a actual=b
\tat org.elasticsearch.Store.verify(Store.java:551)
\t... 3 more
"""


@pytest.mark.parametrize(
    ("text", "says"),
    [
        pytest.param("", "", id="nothing"),
        pytest.param("restore_source[a/b]; no\n node", "restore_source[a/b]; no node", id="no trace"),
        pytest.param(
            TRACE,
            "failed shard on node [n1]: failed recovery: org.apache.lucene.CorruptIndexException: "
            "verification failed: expected=a actual=b",
            id="the last of its causes",
        ),
        pytest.param("it broke\n\tat a.b.C(D)\nCaused by: x.Y: z\n", "it broke: x.Y: z", id="a short one"),
    ],
)
def test_it_is_told_by_its_first_line_and_its_last_cause(text: str, says: str) -> None:
    assert told(text) == says
