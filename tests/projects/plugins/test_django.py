import lab
import pytest
from django.db import connection

FOUND = lab.weigh("django", 1)  # while collecting, where the database is blocked


@pytest.fixture
def stored(db):
    from django.contrib.auth.models import User

    return User.objects.create(username=lab.weigh("django", 2)["what"])


@pytest.mark.django_db
def test_with_the_database(stored, django_assert_num_queries):
    from django.contrib.auth.models import User

    with django_assert_num_queries(1):
        assert User.objects.get().username == FOUND["what"] == "django"
    assert lab.weigh(stored.username, 3)["kilos"] == [0.003, 3]


@pytest.mark.django_db(transaction=True)
def test_in_a_transaction(client, settings):
    settings.ROOT_URLCONF = "urls_of_lab"
    assert client.get("/").content == b"[0.004, 4]"
    with connection.cursor() as cursor:
        assert cursor.execute("select 1").fetchone() == (1,)


def test_without_a_database():
    with pytest.raises(RuntimeError, match="Database access not allowed"):
        connection.cursor()
    assert lab.weigh("django", 5)["kilos"] == [0.005, 5]
