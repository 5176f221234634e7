"""Reads the pickles that segment files are, and runs nothing of what a pickle may ask to be run.

A pickle is a program for a small stack machine. Two of its instructions are dangerous by design: one fetches any
object of any module by name, the other calls it. Here a name leads to one of the few functions below or is refused,
and those build arrays of numbers and text from bytes that stand in the file. numpy's own reconstruction is never
called, so nothing depends on how it treats a hostile argument.

The rest is about size. A few bytes can ask for gigabytes (a copy of what is already there, again and again, or a
memo with a billion places) or for years (a key whose hash takes 2**n steps). Python's own machine is used rather
than the one in C, because only there can every instruction be counted and every key be looked at.
"""

from __future__ import annotations

import io
import math
import pickle
import re
import struct
import sys
from collections.abc import Callable
from types import MethodType
from typing import Any, ClassVar, NoReturn

import numpy as np

from battycoda_nb.errors import RecordingError

MAX_BYTES = 32 * 2**20  # a million calls as two float64 arrays take 16 MB
MAX_MEMORY = 2**30  # what one file may make of its bytes
MAX_DIMENSIONS = 2

# Roughly what the Python object behind an instruction takes; only these are cheaper to write than to keep.
_CONTAINER, _MEMO = 64, 100
_COSTS = {
    **dict.fromkeys([pickle.MARK, pickle.EMPTY_LIST, pickle.LIST, pickle.EMPTY_DICT, pickle.DICT], _CONTAINER),
    **dict.fromkeys([pickle.TUPLE, pickle.TUPLE1, pickle.TUPLE2, pickle.TUPLE3, pickle.REDUCE], _CONTAINER),
    **dict.fromkeys([pickle.MEMOIZE, pickle.PUT, pickle.BINPUT, pickle.LONG_BINPUT], _MEMO),
}

# Objects from elsewhere (persistent ids, extension codes, out-of-band buffers), instances of classes, sets
# (which hash what they are given).
_REFUSED = {
    **dict.fromkeys([pickle.PERSID, pickle.BINPERSID], "a persistent id"),
    **dict.fromkeys([pickle.EXT1, pickle.EXT2, pickle.EXT4], "an object by its extension code"),
    **dict.fromkeys([pickle.NEXT_BUFFER, pickle.READONLY_BUFFER], "a buffer outside the file"),
    **dict.fromkeys([pickle.OBJ, pickle.NEWOBJ, pickle.NEWOBJ_EX], "an instance of a class"),
    **dict.fromkeys([pickle.EMPTY_SET, pickle.ADDITEMS, pickle.FROZENSET], "a set"),
}

# What a damaged or hostile pickle makes the stack machine raise.
_BROKEN = (
    pickle.UnpicklingError, EOFError, LookupError, ValueError, TypeError, AttributeError, OverflowError,
    AssertionError, BufferError, struct.error, MemoryError, RecursionError,
)  # fmt: skip

_DTYPE = re.compile(r"[<>=|]?(b1|[iu][1248]|f[248]|c8|c16|[US][1-9][0-9]{0,3})", re.ASCII)

_NDARRAY = object()  # what the name numpy.ndarray leads to: good for nothing but to be handed to _reconstruct


def load_pickle(name: str, data: bytes) -> object:
    """What the pickle `data` holds: plain numbers, text, lists, tuples, dicts, and numpy arrays of numbers or text.

    Parameters
    ----------
    name : str
        Name of the file, for messages.
    data : bytes
        Its content; any protocol, written by Python 2 or 3. At most `MAX_BYTES`.

    Returns
    -------
    object
        Arrays are np.ndarray, read-only, where they stand at the top or directly in a dict, list or tuple at the top.

    Raises
    ------
    RecordingError
        If the pickle asks for anything else (which is named), needs too much memory, or is damaged.
    """
    if len(data) > MAX_BYTES:
        raise RecordingError(f"{name} has {len(data)} bytes, more than the {MAX_BYTES} that are read; save it as CSV")
    try:
        value = _Machine(name, data).load()
    except _BROKEN as error:
        reason = "it ends too early" if isinstance(error, EOFError) else f"{type(error).__name__}: {str(error)[:80]}"
        raise RecordingError(f"{name} is not a whole, sound pickle ({reason}); save it again, or as CSV") from error
    if type(value) is dict:
        return {key: _revealed(item) for key, item in value.items()}
    if type(value) in (list, tuple):
        return [_revealed(item) for item in value]
    return _revealed(value)


class _Array:
    """An array on the machine's stack: empty until its state arrives, as numpy writes them."""

    __slots__ = ("values",)

    def __init__(self, values: np.ndarray | None = None) -> None:
        self.values = values


class _Dtype:
    """An array's type on the machine's stack; its byte order arrives later."""

    __slots__ = ("dtype",)

    def __init__(self, dtype: np.dtype[Any]) -> None:
        self.dtype = dtype


def _revealed(value: object) -> object:
    return value.values if isinstance(value, _Array) else value


class _Machine(pickle._Unpickler):
    """pickle's stack machine with its dangerous instructions taken out and the greedy ones counted."""

    dispatch: ClassVar[dict[int, Any]] = dict(pickle._Unpickler.dispatch)  # filled in at the end of this file

    stack: list[Any]
    append: Callable[[Any], None]
    read: Callable[[int], bytes]
    pop_mark: Callable[[], list[Any]]

    def __init__(self, name: str, data: bytes) -> None:
        super().__init__(io.BytesIO(data), encoding="latin1")  # latin1: the bytes in Python 2's arrays survive it
        self._name = name
        self._left = MAX_MEMORY
        self._known = {
            "numpy.core.multiarray._reconstruct": self._reconstruct,  # numpy 1
            "numpy._core.multiarray._reconstruct": self._reconstruct,  # numpy 2
            "numpy.core.multiarray.scalar": self._scalar,
            "numpy._core.multiarray.scalar": self._scalar,
            "numpy.core.numeric._frombuffer": self._frombuffer,
            "numpy._core.numeric._frombuffer": self._frombuffer,
            "numpy.dtype": self._dtype,
            "numpy.ndarray": _NDARRAY,
            "_codecs.encode": self._encode,
            "builtins.bytes": self._no_bytes,
            "__builtin__.bytes": self._no_bytes,
        }

    def spend(self, size: int) -> None:
        """Count `size` bytes of memory; raise RecordingError when the file has had its share."""
        self._left -= size
        if self._left < 0:
            raise RecordingError(
                f"{self._name} would need more than {MAX_MEMORY >> 20} MB of memory; save its onsets and offsets again"
            )

    def refuse(self, wish: str) -> NoReturn:
        raise RecordingError(
            f"{self._name} asks for {wish}: only arrays and plain numbers are read; "
            "save its onsets and offsets again as numpy arrays, or as CSV"
        )

    # What names lead to

    def find_class(self, module: str, name: str, /) -> Any:
        wanted = f"{module}.{name}"
        if wanted not in self._known:
            self.refuse("".join(letter if letter.isprintable() else "?" for letter in wanted[:80]))
        return self._known[wanted]

    def _encode(self, text: object, encoding: object) -> bytes:
        """How protocols 0 to 2 write bytes. Any other codec might decompress, or worse."""
        if type(text) is not str or encoding not in ("latin1", "latin-1"):
            self.refuse("a codec other than latin1")
        self.spend(len(text))
        return text.encode("latin1")

    def _no_bytes(self) -> bytes:
        """How protocols 0 to 2 write no bytes at all."""
        return b""

    def _dtype(self, code: object, align: object = False, copy: object = False) -> _Dtype:
        if type(code) is not str or not _DTYPE.fullmatch(code):
            shown = code[:40] if type(code) is str and code.isprintable() else type(code).__name__
            self.refuse(f"an array of type {shown}")
        return _Dtype(np.dtype(code))

    def _reconstruct(self, subtype: object, shape: object, code: object) -> _Array:
        if subtype is not _NDARRAY:
            self.refuse("an array of a class of its own")
        return _Array()  # shape and type here are always (0,) and b: the real ones arrive as its state

    def _frombuffer(self, raw: object, dtype: object, shape: object, order: object, axes: object = None) -> _Array:
        """How protocol 5 writes a contiguous array."""
        return _Array(self._filled(raw, dtype, shape, fortran=order == "F" if type(order) is str else False))

    def _scalar(self, dtype: object, raw: object) -> object:
        return self._filled(raw, dtype, (), fortran=False).item()

    def _filled(self, raw: object, dtype: object, shape: object, *, fortran: bool) -> np.ndarray:
        """An array over bytes that stand in the file: it can never be larger than they are."""
        if type(raw) is str:  # Python 2's bytes
            self.spend(len(raw))
            raw = raw.encode("latin1")
        if not isinstance(raw, bytes | bytearray) or not isinstance(dtype, _Dtype) or type(shape) is not tuple:
            self.refuse("an array that is not made of bytes")
        if len(shape) > MAX_DIMENSIONS or not all(type(size) is int and size >= 0 for size in shape):
            self.refuse(f"an array of more than {MAX_DIMENSIONS} dimensions, or of no proper shape")
        if math.prod(shape) * dtype.dtype.itemsize != len(raw):
            self.refuse(f"an array of a size that its {len(raw)} bytes do not fill")
        if dtype.dtype.kind == "U" and (np.frombuffer(raw, dtype.dtype.str[0] + "u4") > sys.maxunicode).any():
            self.refuse("an array of text with letters that do not exist")  # numpy raises SystemError at the first look
        if not shape:
            self.spend(len(raw))  # a scalar is a copy of its bytes
        values = np.frombuffer(raw, dtype=dtype.dtype).reshape(shape, order="F" if fortran else "C")
        values.flags.writeable = False
        return values

    # Instructions with a check of their own; pickle's versions would act on any object

    def load_reduce(self) -> None:
        arguments = self.stack.pop()
        function = self.stack[-1]
        # No instruction fetches an attribute, so the only methods on the stack are those of find_class.
        if type(function) is not MethodType or type(arguments) is not tuple:
            self.refuse("a call of something that is not a function")
        self.stack[-1] = function(*arguments)

    def load_build(self) -> None:
        state = self.stack.pop()
        target = self.stack[-1]
        if type(state) is not tuple or not isinstance(target, _Array | _Dtype):
            self.refuse("attributes of an object to be set")
        if isinstance(target, _Array):
            if target.values is not None or len(state) not in (4, 5):
                self.refuse("an array to be filled in an unknown way")
            shape, dtype, fortran, raw = state[-4:]  # before them, in all but the oldest files, a version
            target.values = self._filled(raw, dtype, shape, fortran=fortran is True or fortran == 1)
        else:
            plain = len(state) in (8, 9) and state[2:5] == (None, None, None)
            if not plain or type(state[1]) is not str or state[1] not in ("<", ">", "=", "|"):
                self.refuse("an array with fields")
            target.dtype = np.dtype(state[1] + target.dtype.str[1:])

    def load_bytearray8(self) -> None:
        (size,) = struct.unpack("<Q", self.read(8))
        if size > MAX_BYTES:  # pickle would allocate first and read then
            raise EOFError
        self.append(bytearray(self.read(size)))

    def load_setitem(self) -> None:
        value, key = self.stack.pop(), self.stack.pop()
        self._fill_dict(self.stack[-1], [key, value])

    def load_setitems(self) -> None:
        items = self.pop_mark()
        self._fill_dict(self.stack[-1], items)

    def load_dict(self) -> None:
        items = self.pop_mark()
        self.append({})
        self._fill_dict(self.stack[-1], items)

    def _fill_dict(self, target: object, items: list[Any]) -> None:
        if type(target) is not dict or len(items) % 2:
            self.refuse("a key of something that is not a dict")
        for key, value in zip(items[::2], items[1::2], strict=True):
            if type(key) is not str:  # hashing a tuple of tuples of tuples may take for ever
                self.refuse("a dict whose keys are not text")
            target[key] = value


def _counted(load: Callable[[_Machine], None], cost: int) -> Callable[[_Machine], None]:
    def counted(machine: _Machine) -> None:
        machine.spend(cost)
        load(machine)

    return counted


def _refusing(wish: str) -> Callable[[_Machine], None]:
    return lambda machine: machine.refuse(wish)


_OWN = {
    pickle.REDUCE: _Machine.load_reduce,
    pickle.BUILD: _Machine.load_build,
    pickle.BYTEARRAY8: _Machine.load_bytearray8,
    pickle.SETITEM: _Machine.load_setitem,
    pickle.SETITEMS: _Machine.load_setitems,
    pickle.DICT: _Machine.load_dict,
}
_Machine.dispatch |= {code[0]: load for code, load in _OWN.items()}
_Machine.dispatch |= {code[0]: _refusing(wish) for code, wish in _REFUSED.items()}
_Machine.dispatch |= {code[0]: _counted(_Machine.dispatch[code[0]], cost) for code, cost in _COSTS.items()}
