"""The OTLP messages with a difference: one of them is only initialized when it holds no map and no list in a list.

So C code answers whether a request needs Python (``canonical.py``).
"""

from __future__ import annotations

from typing import Any, Final

from google.protobuf.descriptor_pb2 import FieldDescriptorProto, FileDescriptorProto  # type: ignore[import-untyped]
from google.protobuf.descriptor_pool import DescriptorPool  # type: ignore[import-untyped]
from google.protobuf.message import Message  # type: ignore[import-untyped]
from google.protobuf.message_factory import GetMessageClass  # type: ignore[import-untyped]

from otel_llmroute.store.receiver.signals import SIGNALS, Signal


def plain_type(signal: Signal) -> type[Message]:
    """The message class that is only initialized when a request is without maps and lists in lists."""
    return _PLAIN[signal.name]


_COMMON: Final = "opentelemetry/proto/common/v1/common.proto"
_NEVER: Final = "never.proto"


def _plain_types() -> dict[str, type[Message]]:
    """The OTLP messages in a pool of their own, where maps and lists in lists have the type ``Never``."""
    pool = DescriptorPool()
    pool.Add(_never())
    added = {_NEVER}
    for signal in SIGNALS:
        _add(pool, signal.request.DESCRIPTOR.file, added)
    return {
        signal.name: GetMessageClass(pool.FindMessageTypeByName(signal.request.DESCRIPTOR.full_name))
        for signal in SIGNALS
    }


def _add(pool: Any, file: Any, added: set[str]) -> None:
    """``file`` after what it imports."""
    if file.name in added:
        return
    added.add(file.name)
    for other in file.dependencies:
        _add(pool, other, added)
    copy = FileDescriptorProto()
    file.CopyToProto(copy)
    if file.name == _COMMON:
        _without_nesting(copy)
    pool.Add(copy)


def _never() -> FileDescriptorProto:
    """A message that is never whole: its one field is required and never sent. Only proto2 knows required fields."""
    file = FileDescriptorProto(name=_NEVER, package="llmroute", syntax="proto2")
    file.message_type.add(name="Never").field.add(
        name="never",
        number=2**29 - 1,
        label=FieldDescriptorProto.LABEL_REQUIRED,
        type=FieldDescriptorProto.TYPE_BOOL,
    )
    return file


def _without_nesting(common: Any) -> None:
    common.dependency.append(_NEVER)
    messages = {message.name: message for message in common.message_type}
    item = common.message_type.add()
    item.CopyFrom(messages["AnyValue"])
    item.name = "Item"
    for message, kinds in ((item, ("array_value", "kvlist_value")), (messages["AnyValue"], ("kvlist_value",))):
        for field in message.field:
            if field.name in kinds:
                field.type_name = ".llmroute.Never"
    (values,) = messages["ArrayValue"].field
    values.type_name = f".{common.package}.Item"


_PLAIN: Final = _plain_types()
