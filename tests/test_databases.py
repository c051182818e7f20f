"""Functions that ask a database: what they return is recorded, and the database not asked again."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.conftest import Project

CURSOR = {
    "shop.py": """
        import sqlite3

        CONNECTION = sqlite3.connect(":memory:")

        def rows():
            return CONNECTION.execute("select 1, 'tea'").fetchall()

        def cursor():
            return CONNECTION.execute("select 1")
    """,
    "test_shop.py": """
        import shop

        def test_rows():
            assert shop.rows() == [(1, "tea")]

        def test_cursor():
            shop.cursor()

        def teardown_module():
            shop.CONNECTION.close()
    """,
}


def test_a_cursor_is_refused(project: Project) -> None:
    project.configure("shop:*")
    project.write(CURSOR)
    run = project.record(in_process=True)
    assert run.outcomes == {"passed": 1, "failed": 1}
    run.has(
        "*UnrecordableOutcomeError: cannot record result: sqlite3.Cursor",
        "*It is more than an iterator: fetchall, fetchmany, fetchone ask what is behind it.",
        "*Name a target further out, which returns the rows.",
    )


MAPPED = {
    "tables.py": """
        from __future__ import annotations

        from sqlalchemy import ForeignKey, create_engine
        from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, relationship


        class Base(DeclarativeBase):
            pass


        class User(Base):
            __tablename__ = "users"
            id: Mapped[int] = mapped_column(primary_key=True)
            name: Mapped[str]
            orders: Mapped[list[Order]] = relationship()


        class Order(Base):
            __tablename__ = "orders"
            id: Mapped[int] = mapped_column(primary_key=True)
            item: Mapped[str]
            user: Mapped[int] = mapped_column(ForeignKey("users.id"))


        class Odd(Base):
            __tablename__ = "odd"
            id: Mapped[int] = mapped_column(primary_key=True)

            def __reduce__(self):
                return Odd, (), {"id": self.id}


        def session():
            engine = create_engine("sqlite://")
            Base.metadata.create_all(engine)
            made = Session(engine)
            made.add(User(id=1, name="ann", orders=[Order(id=1, item="tea")]))
            made.add(User(id=2, name="bob"))
            made.commit()
            return made
    """,
    "shop.py": """
        from only_live import only_live
        from sqlalchemy import select, text
        from sqlalchemy.orm import selectinload
        from tables import User


        def rows(session):
            only_live("rows")
            return session.execute(select(User.id, User.name).order_by(User.id)).all()


        def users(session):
            only_live("users")
            options = selectinload(User.orders)
            return session.scalars(select(User).options(options).order_by(User.id)).all()


        def find(session, statement):
            only_live("find")
            return session.execute(statement).mappings().all()


        def broken(session):
            only_live("broken")
            return session.execute(text("select * from nowhere")).all()


        def items(user):
            only_live("items")
            return [order.item for order in user.orders]


        def rename(user, name):
            only_live("rename")
            user.name = name
            return user


        def number(odd):
            only_live("number")
            return odd.id


        def result(session):
            only_live("result")
            return session.execute(select(User))
    """,
    "test_shop.py": """
        import pytest
        import shop
        from sqlalchemy import inspect, select
        from sqlalchemy.exc import OperationalError
        from sqlalchemy.orm import selectinload
        from tables import Odd, User, session

        @pytest.fixture
        def db():
            with session() as made:
                yield made

        def test_rows(db):
            rows = shop.rows(db)
            assert rows == [(1, "ann"), (2, "bob")]
            assert rows[0].name == "ann"

        def test_users(db):
            first, second = shop.users(db)
            assert isinstance(first, User)
            assert [order.item for order in first.orders] == ["tea"]
            assert not second.orders
            assert inspect(first).identity == (1,)

        def test_statements(db):
            names = [shop.find(db, select(User.name).where(User.id == id))[0] for id in (1, 2)]
            assert names == [{"name": "ann"}, {"name": "bob"}]

        def test_error(db):
            with pytest.raises(OperationalError) as caught:
                shop.broken(db)
            assert caught.value.statement == "select * from nowhere"
            assert "nowhere" in str(caught.value.orig)

        def test_mapped_objects(db):
            user = db.get(User, 1)
            user.orders
            assert shop.items(user) == ["tea"]
            assert shop.rename(user, "eve") is user
            assert user in db.dirty
            db.commit()
            assert db.execute(select(User.name)).scalars().all() == ["eve", "bob"]
            assert shop.number(Odd(id=3)) == 3

        def test_refused(db):
            for call in (shop.result, lambda db: shop.find(db, options)):
                options = select(User).options(selectinload(User.orders))
                with pytest.raises(Exception):
                    call(db)
    """,
}


def test_mapped_objects(project: Project) -> None:
    pytest.importorskip("sqlalchemy")
    project.configure("shop:* ignore=session")
    project.write(MAPPED)
    run = project.record()
    assert run.outcomes == {"passed": 5, "failed": 1}
    run.has(
        "*cannot record result: sqlalchemy.engine.result.ChunkedIteratorResult",
        "*cannot make a key of argument 'statement': Select (its options are no part of its text)",
    )
    assert project.replay("--deselect=test_shop.py::test_refused").outcomes == {
        "passed": 5,
        "deselected": 1,
    }
