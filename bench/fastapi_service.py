"""What a team would write in a day: FastAPI, SQLAlchemy and SQLite, with the same rules.

One event per contact, name and second by a unique constraint, a summary kept in the same
transaction, a commit for each request, synchronised to disk as Pastense does. One connection is
handed from request to request, so that no writer runs into SQLite's lock. It prints its base URL
and listens; the store is the file named by BENCH_STORE, with the benchmark's contacts in it.
"""

import os
import socket
from typing import Annotated, Any

from fastapi import Depends, FastAPI, HTTPException, Response
from pydantic import BaseModel, Field
from sqlalchemy import ForeignKey, UniqueConstraint, create_engine, event, func, select
from sqlalchemy.dialects.sqlite import insert
from sqlalchemy.engine import Engine
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, sessionmaker
from sqlalchemy.types import JSON

from bench.load import CONTACTS, user_id


class Base(DeclarativeBase):
    """The tables of the service."""


class Contact(Base):
    __tablename__ = "contacts"
    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[str] = mapped_column(unique=True)


class Event(Base):
    __tablename__ = "events"
    __table_args__ = (UniqueConstraint("contact_id", "name", "created_at"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    contact_id: Mapped[int] = mapped_column(ForeignKey("contacts.id"))
    name: Mapped[str]
    created_at: Mapped[int]
    details: Mapped[dict[str, Any]] = mapped_column(JSON)


class Summary(Base):
    __tablename__ = "summaries"
    contact_id: Mapped[int] = mapped_column(ForeignKey("contacts.id"), primary_key=True)
    name: Mapped[str] = mapped_column(primary_key=True)
    count: Mapped[int]
    first: Mapped[int]
    last: Mapped[int]


class NewEvent(BaseModel):
    """The body of `POST /events`."""

    event_name: str = Field(min_length=1, max_length=255)
    created_at: int = Field(ge=0)
    user_id: str
    metadata: dict[str, Any] = Field(default_factory=dict)


def open_engine(path: str) -> Engine:
    engine = create_engine(f"sqlite:///{path}", pool_size=1, max_overflow=0, pool_timeout=60)

    @event.listens_for(engine, "connect")
    def set_up(connection: Any, _: object) -> None:
        for pragma in ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON"):
            connection.execute(f"PRAGMA {pragma}")

    return engine


def create_application(engine: Engine) -> FastAPI:
    """The service with its one operation."""
    application = FastAPI()
    make_session = sessionmaker(engine)

    def session() -> Any:
        with make_session() as opened:
            yield opened

    @application.post("/events", status_code=202)
    def post_event(body: NewEvent, database: Annotated[Session, Depends(session)]) -> Response:
        wanted = select(Contact.id).where(Contact.user_id == body.user_id)
        contact = database.scalar(wanted)
        if contact is None:
            raise HTTPException(404, "User Not Found")
        at = body.created_at
        fields = {"contact_id": contact, "name": body.event_name}
        database.add(Event(**fields, created_at=at, details=body.metadata))
        try:
            database.flush()
        except IntegrityError:
            database.rollback()
            return Response(status_code=202)
        database.execute(keep_summary(fields, at))
        database.commit()
        return Response(status_code=202)

    return application


def keep_summary(fields: dict[str, Any], at: int) -> Any:
    """Count the event where it belongs."""
    fresh = insert(Summary).values(**fields, count=1, first=at, last=at)
    return fresh.on_conflict_do_update(
        index_elements=["contact_id", "name"],
        set_={
            "count": Summary.count + 1,
            "first": func.min(Summary.first, at),
            "last": func.max(Summary.last, at),
        },
    )


def main() -> None:
    import uvicorn

    engine = open_engine(os.environ["BENCH_STORE"])
    Base.metadata.create_all(engine)
    with Session(engine) as database:
        database.add_all(Contact(user_id=user_id(number)) for number in range(CONTACTS))
        database.commit()
    listener = socket.create_server(("127.0.0.1", 0), backlog=2048)
    print(f"http://127.0.0.1:{listener.getsockname()[1]}", flush=True)
    config = uvicorn.Config(
        create_application(engine),
        http="httptools",
        loop="uvloop",
        lifespan="off",
        access_log=False,
        log_level="warning",
    )
    uvicorn.Server(config).run(sockets=[listener])


if __name__ == "__main__":
    main()
