"""The restricted pickle reader: what it reads, and what no pickle can make it do."""

from __future__ import annotations

import collections
import datetime
import decimal
import io
import os
import pickle
import resource
import struct
import subprocess
import sys
import tracemalloc
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from battycoda_nb.annotations.formats import safe_pickle
from battycoda_nb.annotations.formats.safe_pickle import load_pickle
from battycoda_nb.errors import RecordingError

ARRAYS = [
    np.array([0.1, 0.25, 1e-9]),
    np.array([], dtype=np.float64),
    np.arange(6, dtype=np.int32),
    np.arange(6, dtype=">i2"),
    np.arange(12.0).reshape(3, 4),
    np.asfortranarray(np.arange(12.0).reshape(3, 4)),
    np.arange(10.0)[::3],
    np.array([1.5, 2.5], dtype=">f4"),
    np.array([True, False]),
    np.array(["FM", "quasi-CF é"]),
    np.array([b"FM", b"CF"]),
    np.array([1 + 2j]),
]


@pytest.mark.parametrize("protocol", range(6))
@pytest.mark.parametrize("array", ARRAYS, ids=lambda array: f"{array.dtype.str}{array.shape}")
def test_arrays_of_every_protocol(array: np.ndarray, protocol: int) -> None:
    found = load_pickle("a.pickle", pickle.dumps(array, protocol=protocol))
    assert isinstance(found, np.ndarray)
    assert found.dtype == array.dtype
    assert np.array_equal(found, array)
    assert not found.flags.writeable


@pytest.mark.parametrize("protocol", range(6))
def test_plain_values_of_every_protocol(protocol: int) -> None:
    value = {"n": [1, -(2**70), 0.5, None, True, "é", b"\xff", b"", (1, (2,)), {"a": []}], "f": float("-inf")}
    assert load_pickle("a.pickle", pickle.dumps(value, protocol=protocol)) == value


@pytest.mark.parametrize("protocol", range(6))
def test_numpy_scalars_become_plain(protocol: int) -> None:
    value = {"x": np.float64(0.5), "n": np.int64(3), "t": np.str_("FM"), "b": np.bool_(True)}
    found = load_pickle("a.pickle", pickle.dumps(value, protocol=protocol))
    assert found == {"x": 0.5, "n": 3, "t": "FM", "b": True}
    assert [type(item) for item in found.values()] == [float, int, str, bool]  # type: ignore[attr-defined]


def test_an_array_shared_by_two_keys() -> None:
    array = np.array([1.0, 2.0])
    found = load_pickle("a.pickle", pickle.dumps({"a": array, "b": array}, protocol=2))
    assert isinstance(found, dict)
    assert found["a"] is found["b"]


def test_numpy_1_wrote_another_module() -> None:
    data = pickle.dumps(np.array([1.0, 2.0]), protocol=2).replace(b"numpy._core.", b"numpy.core.")
    assert np.array_equal(load_pickle("a.pickle", data), [1.0, 2.0])  # type: ignore[arg-type]


def test_python_2_wrote_bytes_as_text() -> None:
    raw = np.array([0.1, 0.2]).tobytes()
    data = (
        b"(dp0\nS'onsets'\np1\ncnumpy.core.multiarray\n_reconstruct\np2\n(cnumpy\nndarray\np3\n(I0\ntS'b'\ntRp4\n"
        b"(I1\n(L2L\ntcnumpy\ndtype\np5\n(S'f8'\nI0\nI1\ntR(I3\nS'<'\nNNNI-1\nI-1\nI0\ntbI00\nS"
        + repr(raw).removeprefix("b").encode()
        + b"\ntbs."
    )
    found = load_pickle("a.pickle", data)
    assert isinstance(found, dict)
    assert found["onsets"].tolist() == [0.1, 0.2]


# Hostile pickles


class Reduced:
    """Pickles as a call of `function` with `arguments`."""

    def __init__(self, function: object, *arguments: object) -> None:
        self.call = (function, arguments)

    def __reduce__(self) -> tuple[object, tuple[object, ...]]:
        return self.call


class Subclass(np.ndarray):
    pass


CANARY = "battycoda_canary"
_TOUCH = f"touch {CANARY}"
_OPEN = f"open({CANARY!r}, 'w')"
_CREATE = (CANARY, "w")


def _hidden(module: str, name: str, *arguments: object) -> bytes:
    """A call of module.name, which need not exist here."""
    pushed = pickle.dumps(arguments, protocol=3)[2:-1]
    return b"\x80\x04c" + f"{module}\n{name}\n".encode() + pushed + b"R."


def _array(
    state: bytes, made: bytes = b"cnumpy._core.multiarray\n_reconstruct\n(cnumpy\nndarray\nK\x00\x85C\x01btR"
) -> bytes:
    return b"\x80\x04" + made + state + b"b."


_F8 = b"cnumpy\ndtype\nX\x02\x00\x00\x00f8\x85R"


def _text(value: bytes) -> bytes:
    return b"X" + struct.pack("<I", len(value)) + value


def _tuple_bomb() -> bytes:
    """A dict whose key is a tuple of two tuples of two tuples ...: a hash of 2**100 steps."""
    return b"\x80\x04})" + b"2\x86" * 100 + b"Ns."


ASKS_FOR = {
    "os.system": (pickle.dumps(Reduced(os.system, _TOUCH)), "posix.system"),
    "os.system-0": (b"cos\nsystem\n(S'" + _TOUCH.encode() + b"'\ntR.", "os.system"),
    "os.system-inst": (b"(S'" + _TOUCH.encode() + b"'\nios\nsystem\n.", "os.system"),
    "os.system-obj": (b"(cos\nsystem\nS'" + _TOUCH.encode() + b"'\no.", "os.system"),
    "posix-spawn": (_hidden("posix", "posix_spawn", "/bin/sh"), "posix.posix_spawn"),
    "eval": (pickle.dumps(Reduced(eval, _OPEN)), "builtins.eval"),
    "eval-2": (pickle.dumps(Reduced(eval, _OPEN), protocol=2), "__builtin__.eval"),
    "exec": (pickle.dumps(Reduced(exec, _OPEN)), "builtins.exec"),
    "open": (pickle.dumps(Reduced(open, *_CREATE)), "io.open"),
    "getattr": (pickle.dumps(Reduced(getattr, "a", "upper")), "builtins.getattr"),
    "import": (pickle.dumps(Reduced(__import__, "os")), "builtins.__import__"),
    "map": (pickle.dumps(Reduced(map, len, [])), "builtins.map"),
    "bytes-of-size": (_hidden("builtins", "bytearray", 2**33), "builtins.bytearray"),
    "range": (_hidden("builtins", "range", 2**60), "builtins.range"),
    "subprocess": (pickle.dumps(Reduced(subprocess.Popen, ["touch", CANARY])), "subprocess.Popen"),
    "subprocess-run": (pickle.dumps(Reduced(subprocess.check_call, ["touch", CANARY])), "subprocess.check_call"),
    "pickle.loads": (_hidden("_pickle", "loads", pickle.dumps(Reduced(eval, _OPEN))), "_pickle.loads"),
    "importlib": (_hidden("importlib", "import_module", "antigravity"), "importlib.import_module"),
    "numpy.load": (_hidden("numpy", "load", "x.npy", None, True), "numpy.load"),
    "numpy.fromfile": (_hidden("numpy", "fromfile", "/etc/passwd"), "numpy.fromfile"),
    "numpy.runstring": (_hidden("numpy.testing._private.utils", "runstring", _OPEN, {}), "runstring"),
    "numpy.memmap": (_hidden("numpy", "memmap", CANARY, "u1", "w+", 0, (8,)), "numpy.memmap"),
    "numpy.zeros": (_hidden("numpy", "zeros", 2**40), "numpy.zeros"),
    "numpy.frombuffer": (_hidden("numpy._core.multiarray", "frombuffer", b""), "multiarray.frombuffer"),
    "numpy-dotted": (b"\x80\x04\x8c\x05numpy\x8c\x0fndarray.tofile\x00\x93.", "numpy.ndarray.tofile"),
    "numpy-dotted-class": (b"\x80\x04\x8c\x05numpy\x8c\x11ndarray.__class__\x93.", "numpy.ndarray.__class__"),
    "numpy-module-in-name": (b"\x80\x04\x8c\x00\x8c\x0cnumpy.dtype.\x93.", "numpy.dtype."),
    "codecs.decode": (_hidden("_codecs", "decode", b"x", "zip"), "_codecs.decode"),
    "codecs.encode-zip": (_hidden("_codecs", "encode", b"x" * 9, "zlib_codec"), "a codec"),
    "codecs.encode-bytes": (_hidden("_codecs", "encode", b"x", "latin1"), "a codec"),
    "codecs.encode-idna": (_hidden("_codecs", "encode", "x" * 99, "idna"), "a codec"),
    "codecs.lookup": (_hidden("_codecs", "lookup", "latin1"), "_codecs.lookup"),
    "partial": (_hidden("functools", "partial", 1), "functools.partial"),
    "operator": (_hidden("operator", "attrgetter", "system"), "operator.attrgetter"),
    "copyreg": (
        _hidden("copyreg", "_reconstructor", 1),
        "copyreg._reconstructor",
    ),
    "sys.modules": (b"\x80\x04csys\nmodules\n.", "sys.modules"),
    "main": (b"\x80\x04c__main__\n__builtins__\n.", "__main__.__builtins__"),
    "our-own": (_hidden(safe_pickle.__name__, "load_pickle", "a", b""), f"{safe_pickle.__name__}.load_pickle"),
    "ordered-dict": (pickle.dumps(collections.OrderedDict(a=1)), "collections.OrderedDict"),
    "date": (pickle.dumps(datetime.date(2020, 1, 1)), "datetime.date"),
    "decimal": (pickle.dumps(decimal.Decimal(1)), "decimal.Decimal"),
    "object-array": (pickle.dumps(np.array([None, Reduced(eval, _OPEN)])), "an array of type O8"),
    "object-array-2": (pickle.dumps(np.array([None]), protocol=2), "an array of type O8"),
    "object-dtype": (b"\x80\x04cnumpy\ndtype\n" + _text(b"O") + b"\x85R.", "an array of type O"),
    "struct-array": (pickle.dumps(np.zeros(2, dtype="f8,O")), "an array of type V16"),
    "struct-dtype": (b"\x80\x04cnumpy\ndtype\n" + _text(b"f8,O") + b"\x85R.", "an array of type f8,O"),
    "void-array": (pickle.dumps(np.zeros(2, dtype="V8")), "an array of type V8"),
    "date-array": (pickle.dumps(np.zeros(2, dtype="M8[s]")), "an array of type M8"),
    "huge-text-type": (b"\x80\x04cnumpy\ndtype\n" + _text(b"U999999999") + b"\x85R.", "an array of type U999999999"),
    "dtype-of-list": (b"\x80\x04cnumpy\ndtype\n]\x85R.", "an array of type list"),
    "dtype-fields-by-state": (
        b"\x80\x04" + _F8 + b"(K\x03" + _text(b"|") + b"NX\x01\x00\x00\x00a\x85}K\x08K\x01K\x00tb.",
        "an array with fields",
    ),
    "dtype-dict-state": (b"\x80\x04" + _F8 + b"}" + _text(b"num") + b"K\x11sb.", "attributes"),
    "subclass": (pickle.dumps(np.zeros(2).view(Subclass)), "Subclass"),
    "masked-array": (pickle.dumps(np.ma.masked_array([1.0], [True])), "numpy.ma"),
    "reconstruct-of-text": (_hidden("numpy._core.multiarray", "_reconstruct", "x", (2**40,), b"b"), "class of its own"),
    "state-of-other-size": (_array(b"(K\x01J\xff\xff\xff\x7f\x85" + _F8 + b"\x89C\x08AAAAAAAAt"), "do not fill"),
    "negative-shape": (_array(b"(K\x01J\xff\xff\xff\xff\x85" + _F8 + b"\x89C\x08AAAAAAAAt"), "no proper shape"),
    "many-dimensions": (_array(b"(K\x01K\x01K\x01K\x01\x87" + _F8 + b"\x89C\x08AAAAAAAAt"), "dimensions"),
    "shape-of-text": (_array(b"(K\x01" + _text(b"8") + b"\x85" + _F8 + b"\x89C\x08AAAAAAAAt"), "no proper shape"),
    "array-of-list": (_array(b"(K\x01K\x01\x85" + _F8 + b"\x89]t"), "not made of bytes"),
    "array-dict-state": (_array(b"}" + _text(b"base") + b"Ns"), "attributes"),
    "array-twice": (_array(b"(K\x01K\x01\x85" + _F8 + b"\x89C\x08AAAAAAAAtb(K\x01NNNNt"), "unknown way"),
    "buffer-of-other-size": (
        _hidden("numpy._core.numeric", "_frombuffer", b"12345678", None, (2**50,), "C"),
        "not made",
    ),
    "scalar-no-letter": (
        b"\x80\x04cnumpy._core.multiarray\nscalar\ncnumpy\ndtype\n"
        + _text(b"U1")
        + b"\x85RC\x04\xff\xff\xff\xff\x86R.",
        "letters that do not exist",
    ),
    "array-no-letter": (
        _array(b"(K\x01K\x01\x85cnumpy\ndtype\n" + _text(b">U1") + b"\x85R\x89C\x04AAAAt"),
        "letters that do not exist",
    ),
    "build-on-function": (b"\x80\x04cnumpy\ndtype\n}" + _text(b"__defaults__") + b"Nsb.", "attributes"),
    "build-slots-on-function": (b"\x80\x04cnumpy\ndtype\nN}" + _text(b"__code__") + b"Ns\x86b.", "attributes"),
    "build-on-list": (b"\x80\x04]}b.", "attributes"),
    "call-of-ndarray": (b"\x80\x04cnumpy\nndarray\nJ\xff\xff\xff\x7f\x85\x85R.", "not a function"),
    "call-of-text": (b"\x80\x04" + _text(b"x") + b")R.", "not a function"),
    "call-with-list": (b"\x80\x04cnumpy\ndtype\n]R.", "not a function"),
    "newobj": (b"\x80\x04cnumpy\nndarray\nK\x08\x85\x81.", "an instance of a class"),
    "newobj-ex": (b"\x80\x04cnumpy\nndarray\n)}\x92.", "an instance of a class"),
    "persistent-id": (b"Pfile:///etc/passwd\n.", "a persistent id"),
    "persistent-id-binary": (b"\x80\x04Nq\x00Q.", "a persistent id"),
    "ext1": (b"\x80\x02\x82\x01.", "extension code"),
    "ext2": (b"\x80\x02\x83\x01\x00.", "extension code"),
    "ext4": (b"\x80\x02\x84\x01\x00\x00\x00.", "extension code"),
    "next-buffer": (b"\x80\x05\x97.", "outside the file"),
    "set": (pickle.dumps({1, 2}), "a set"),
    "frozenset": (pickle.dumps(frozenset({1})), "a set"),
    "set-2": (pickle.dumps({1}, protocol=2), "__builtin__.set"),
    "tuple-bomb": (_tuple_bomb(), "keys are not text"),
    "number-keys": (pickle.dumps({1: 2}), "keys are not text"),
    "item-of-list": (b"\x80\x04]NNs.", "not a dict"),
    "item-of-function": (b"\x80\x04cnumpy\ndtype\nNNs.", "not a dict"),
    "unprintable-name": (b"\x80\x04\x8c\x02o\x1b\x8c\x06s\nstem\x93.", "o?.s?stem"),
}

BROKEN = {
    "empty": b"",
    "only-stop": b".",
    "text": b"hello\n",
    "zeros": bytes(100),
    "ones": b"\xff" * 100,
    "future-protocol": b"\x80\x63N.",
    "no-stop": b"\x80\x04N",
    "memo-empty": b"\x80\x04h\x07.",
    "memo-negative": b"\x80\x02Np-1\n.",
    "no-mark": b"\x80\x04t.",
    "long-of-digits": b"I" + b"9" * 100_000 + b"\n.",
    "long-of-digits-2": b"L" + b"9" * 100_000 + b"L\n.",
    "long-negative-size": b"\x80\x02\x8b\xff\xff\xff\xff.",
    "text-of-terabytes": b"\x80\x04\x8d" + struct.pack("<Q", 2**40) + b"a.",
    "bytes-of-terabytes": b"\x80\x04\x8e" + struct.pack("<Q", 2**63) + b"a.",
    "bytearray-of-gigabytes": b"\x80\x05\x96" + struct.pack("<Q", 2**33) + b"a.",
    "frame-in-frame": b"\x80\x04\x95\x0a\x00\x00\x00\x00\x00\x00\x00\x95\x01\x00\x00\x00\x00\x00\x00\x00N.",
    "bad-utf8-name": b"\x80\x04c\xff\xfe\nx\n.",
    "bad-utf8-text": b"\x80\x04\x8c\x02\xff\xfe.",
    "append-to-nothing": b"\x80\x04NNa.",
    "append-to-array": _array(b"(K\x01K\x01\x85" + _F8 + b"\x89C\x08AAAAAAAAtbN")[:-2] + b"a.",
    "dtype-of-nothing": b"\x80\x04cnumpy\ndtype\n)R.",
    "too-many-arguments": _hidden("numpy", "dtype", *range(50)),
    "encode-no-latin1": _hidden("_codecs", "encode", "\u2013", "latin1"),
}  # fmt: skip

# A few bytes that ask for much more memory than they take.
GREEDY = {
    "memo-bomb": b"\x80\x04N" + b"\x94" * 20_000,
    "lists": b"\x80\x04(" + b"]" * 20_000 + b"l.",
    "marks": b"\x80\x04" + b"(" * 20_000,
    "tuples": b"\x80\x04N" + b"\x85" * 20_000 + b".",
    "copies-by-encode": b"\x80\x04c_codecs\nencode\nq\x00" + _text(b"x" * 9000) + b"q\x01\x8c\x06latin1\x86q\x02"
    + b"h\x00h\x02R0" * 1000,
    "copies-by-scalar": b"\x80\x04cnumpy._core.multiarray\nscalar\nq\x00cnumpy\ndtype\n" + _text(b"S9000") + b"\x85R"
    + b"B" + struct.pack("<I", 9000) + b"x" * 9000 + b"\x86q\x02" + b"h\x00h\x02R0" * 1000,
}  # fmt: skip


@pytest.fixture(autouse=True)
def no_side_effect(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Nothing that a test reads may create the canary, run a program or load a module."""
    monkeypatch.chdir(tmp_path)
    loaded = set(sys.modules)
    ran = resource.getrusage(resource.RUSAGE_CHILDREN).ru_minflt
    yield
    assert not Path(CANARY).exists()
    assert "antigravity" not in set(sys.modules) - loaded
    assert resource.getrusage(resource.RUSAGE_CHILDREN).ru_minflt == ran


def test_the_canary_sings() -> None:
    """Without the restricted reader the hostile pickles do what they say: the tests below would notice."""
    pickle.loads(ASKS_FOR["eval"][0])
    assert Path(CANARY).exists()
    Path(CANARY).unlink()


@pytest.mark.parametrize("case", ASKS_FOR)
def test_a_wish_is_refused_by_name(case: str) -> None:
    data, named = ASKS_FOR[case]
    with pytest.raises(RecordingError) as raised:
        load_pickle("bat.wav.pickle", data)
    assert str(raised.value).startswith("bat.wav.pickle asks for ")
    assert named in str(raised.value)
    assert "only arrays and plain numbers are read" in str(raised.value)


@pytest.mark.parametrize("case", BROKEN)
def test_a_broken_pickle_is_one_sentence(case: str) -> None:
    with pytest.raises(RecordingError) as raised:
        load_pickle("bat.wav.pickle", BROKEN[case])
    assert str(raised.value).startswith("bat.wav.pickle is not a whole, sound pickle (")
    assert len(str(raised.value)) < 220


@pytest.mark.parametrize("case", GREEDY)
def test_memory_is_counted(case: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(safe_pickle, "MAX_MEMORY", 2**20)
    with pytest.raises(RecordingError, match="would need more than 1 MB of memory"):
        load_pickle("bat.wav.pickle", GREEDY[case])


@pytest.mark.parametrize("protocol", range(6))
def test_a_pickle_cut_anywhere_is_refused(protocol: int) -> None:
    data = pickle.dumps({"onsets": np.array([0.1, 0.2]), "labels": ["a", "b"]}, protocol=protocol)
    for end in range(len(data)):
        with pytest.raises(RecordingError):
            load_pickle("a.pickle", data[:end])


def test_a_damaged_pickle_is_read_or_refused() -> None:
    """Every byte of a real file changed in turn: a RecordingError or a value, and nothing else."""
    data = pickle.dumps({"onsets": np.array([0.1, 0.2]), "labels": ["a", "b"]}, protocol=4)
    for place in range(len(data)):
        for byte in (0, 40, 46, 82, 98, 255, data[place] ^ 1):
            try:
                load_pickle("a.pickle", data[:place] + bytes([byte]) + data[place + 1 :])
            except RecordingError:
                continue


def test_nesting_is_not_recursion() -> None:
    found = load_pickle("a.pickle", b"\x80\x04" + b"]" * 200_000 + b"a" * 199_999 + b".")
    assert isinstance(found, list)
    while found:  # taken apart from outside, as its destruction would recurse in Python before 3.12
        found = found.pop()


def test_a_frame_of_petabytes_takes_no_room() -> None:
    assert load_pickle("a.pickle", b"\x80\x04\x95" + struct.pack("<Q", 2**50) + b"N.") is None


def test_a_byte_array_that_is_announced_takes_no_room() -> None:
    """pickle's own instruction would make room for what it is told of, and read then."""
    tracemalloc.start()
    try:
        for size in (2**24, 2**28, 2**62):  # less than a file may have, more, and more than there is
            with pytest.raises(RecordingError, match="it ends too early"):
                load_pickle("bat.wav.pickle", b"\x80\x05\x96" + struct.pack("<Q", size) + b"a.")
        assert tracemalloc.get_traced_memory()[1] < 2**20
    finally:
        tracemalloc.stop()


@pytest.mark.timeout(20)
def test_a_shared_value_is_not_walked_twice() -> None:
    """2**60 leaves in 200 bytes: fine as long as nobody looks at them; who does, does not come to an end."""
    left, right = load_pickle("a.pickle", b"\x80\x04N" + b"2\x86" * 60 + b".")
    assert left is right


def test_a_memo_place_of_billions_takes_no_room() -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    load_pickle("a.pickle", b"\x80\x04Nr\xff\xff\xff\x7f.")
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 200_000  # kB


def test_a_file_of_many_bytes_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(safe_pickle, "MAX_BYTES", 10)
    with pytest.raises(RecordingError, match="more than the 10 that are read"):
        load_pickle("a.pickle", pickle.dumps("x" * 100))


def test_two_readers_do_not_share_what_a_file_did() -> None:
    with pytest.raises(RecordingError):
        load_pickle("a.pickle", ASKS_FOR["build-on-function"][0])
    stream = io.BytesIO()
    pickle.Pickler(stream).dump(np.array([1.0]))
    assert np.array_equal(load_pickle("a.pickle", stream.getvalue()), [1.0])  # type: ignore[arg-type]
