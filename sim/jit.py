"""The only door to Numba: what may be compiled, and where the machine code is kept."""

import gc
import hashlib
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from sim.errors import Function, InputError
from sim.linking import linked_once
from sim.machine_code import note_new, usable_folder

COMPILED = (
    "allocation/*.py", "model/*.py", "engines/compiled/*.py", "results/history.py",
    "draws.py", "jit.py", "linking.py", "rounding.py",
)  # fmt: skip

_jitable: list[Callable[..., Any]] = []
_inlined: list[Callable[..., Any]] = []
_replaced: list[tuple[Callable[..., Any], Callable[..., Any]]] = []
_registered = 0


def jitable(function: Function) -> Function:
    """Mark a plain Python function as callable from compiled code, and return it unchanged.

    Numba is not imported here: the marks are handed to it when something is first compiled.
    """
    _jitable.append(function)
    return function


def inlined(function: Function) -> Function:
    """Mark as `jitable`, and to be written out where compiled code calls it: loops over it are made for vectors."""
    _inlined.append(function)
    return jitable(function)


def compiled_as(function: Callable[..., Any]) -> Callable[[Function], Function]:
    """Decorator: in compiled code, calls of `function` are calls of the decorated function instead.

    For the few things that agents do in another way than rows.
    """

    def mark(body: Function) -> Function:
        _replaced.append((function, body))
        return body

    return mark


def compiled(function: Callable[..., Any], *examples: object, keep: bool = True) -> Callable[..., Any]:
    """The function compiled for arguments like the examples (values, or Numba types), as its only version.

    It releases the GIL; `keep` leaves the machine code in the cache folder for the next process. InputError where
    Numba has been told to compile nothing.
    """
    import numba

    if numba.config.DISABLE_JIT:
        raise InputError(
            "engine: NUMBA_DISABLE_JIT is set, so that nothing is compiled: unset it, or take engine='mesa' "
            "(--engine mesa), which gives the same"
        )
    types = tuple(given if isinstance(given, numba.types.Type) else numba.typeof(given) for given in examples)
    _register()
    options = {"nogil": True, "error_model": "numpy"}
    made: Callable[..., Any]
    with _cache_folder() as folder, _quickly(), linked_once():
        if keep and folder is not None:
            with suppress(OSError):  # a full disk: then only this process has it
                made = numba.njit(types, cache=True, **options)(function)
                note_new(folder)
                return made
        made = numba.njit(types, **options)(function)
        return made


def compiled_struct(name: str, fields: Sequence[str]) -> type:
    """A class of mutable objects that compiled code passes about as one pointer; `fields` are its attributes.

    A named tuple would do, were it not that every call then counts a reference to every array in it.
    """
    from numba import types
    from numba.experimental import structref

    class Type(types.StructRef):  # type: ignore[misc]  # Numba declares no types
        def preprocess_fields(self, given: Sequence[tuple[str, Any]]) -> tuple[tuple[str, Any], ...]:
            return tuple((field, types.unliteral(kind)) for field, kind in given)

        @property
        def mangling_args(self) -> tuple[str, tuple[()]]:  # all fields and their types make a symbol of 25 kB
            return f"{name}{hashlib.blake2b(self.name.encode(), digest_size=4).hexdigest()}", ()

    Type.__name__ = Type.__qualname__ = f"{name}Type"
    structref.register(Type)
    members = {"__new__": lambda cls, *values: structref.StructRefProxy.__new__(cls, *values)}
    proxy = type(name, (structref.StructRefProxy,), members)
    structref.define_proxy(proxy, Type, fields)
    return proxy


def _register() -> None:
    """Hand the marked functions to Numba."""
    global _registered
    from numba.extending import overload, register_jitable

    inside = {"no_cfunc_wrapper": True, "no_cpython_wrapper": True}  # nobody calls the parts from outside
    for function in _jitable[_registered:]:
        register_jitable(inline="always" if function in _inlined else "never", **inside)(function)
    _registered = len(_jitable)
    while _replaced:
        function, body = _replaced.pop()
        overload(function, strict=False, jit_options=inside)(lambda *_, body=body, **__: body)


def is_warm() -> bool:
    """Whether the cache holds machine code of these sources."""
    folder = cache_folder()
    return folder is not None and any(folder.rglob("*.nbc"))


def cache_folder() -> Path | None:
    """Where machine code of exactly these sources and versions is kept; None where it cannot be.

    Numba notices only changes of a kernel's own file, so the folder is named by a hash of the whole engine. The
    environment variable SIM_CACHE_DIR moves it.
    """
    import platformdirs

    root = Path(os.environ.get("SIM_CACHE_DIR") or platformdirs.user_cache_dir("gpu-lab-sim"))
    return usable_folder(root, _fingerprint())


def _fingerprint() -> str:
    """Hash of versions, and of all files whose code or constants end up in machine code.

    What the scenario's schema decides shows in the types of the kernel's arguments, which Numba tells apart itself.
    """
    import numba
    import numpy

    digest = hashlib.blake2b(f"{sys.version} {numba.__version__} {numpy.__version__}".encode(), digest_size=10)
    package = Path(__file__).parent
    for path in sorted(file for pattern in COMPILED for file in package.glob(pattern)):
        digest.update(str(path.relative_to(package)).encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()


@contextmanager
def _quickly() -> Iterator[None]:
    """Let LLVM optimise one level lower while something is compiled, and nobody collect garbage.

    Level 1 inlines and finds all there is to find, vectors in loops over what is `inlined` too.
    """
    from numba.core import config

    level, collects = config.OPT, gc.isenabled()
    config.OPT = type(level)(1)
    gc.disable()  # millions of objects, and few circles: a quarter of the time
    try:
        yield
    finally:
        config.OPT = level
        if collects:
            gc.enable()


@contextmanager
def _cache_folder() -> Iterator[Path | None]:
    """Point Numba's cache at our folder while something is compiled, and leave its setting as it was."""
    import numba

    folder = cache_folder()
    before = numba.config.CACHE_DIR
    numba.config.CACHE_DIR = str(folder or before)
    try:
        yield folder
    finally:
        numba.config.CACHE_DIR = before
