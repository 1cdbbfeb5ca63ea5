"""A program of many compiled functions linked and optimised once, as a whole.

Numba makes machine code of every function by itself, each time with all that it calls inside: 180 functions that nobody
calls from Python take half of the time to compile. Here they wait, as they were lowered, for one that Python calls.
"""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any

KNOWN = ((0, 63), (0, 69))  # versions of Numba, the last not included, whose libraries these are


def linked_once() -> AbstractContextManager[None]:
    """While it is open, what has no wrapper for Python becomes machine code only inside of what calls it.

    What is lowered meanwhile for others of Numba's users becomes machine code when they ask for it. A Numba whose
    insides are not known compiles in its own way.
    """
    import numba

    version = tuple(int(number) for number in numba.__version__.split(".")[:2])
    return _linked_once() if KNOWN[0] <= version < KNOWN[1] else nullcontext()


@contextmanager
def _linked_once() -> Iterator[None]:
    from llvmlite.binding import Linkage
    from numba.core.codegen import JITCodeLibrary, JITCPUCodegen
    from numba.core.compiler_lock import global_compiler_lock

    environments: dict[str, object] = {}  # of functions that wait, by the symbol that points to them
    waiting = True

    class Library(JITCodeLibrary):
        def add_linking_library(self, library: Any) -> None:
            self._linking_libraries.append(library)

        def get_pointer_to_function(self, name: str) -> int:
            if (
                waiting
                and not self._finalized
                and all(name != function.name for function in self._final_module.functions)
            ):
                return 0
            return super().get_pointer_to_function(name)

        def _get_module_for_linking(self) -> Any:
            if self._finalized:
                return super()._get_module_for_linking()
            module = self._final_module.clone()
            for function in module.functions:
                if not function.is_declaration and function.linkage == Linkage.external:
                    function.linkage = "linkonce_odr"  # as Numba's own: may be there twice, and go when inlined
            return module

        def finalize(self) -> None:
            self._linking_libraries = list(_with_all_that_they_link(self))
            super().finalize()
            for symbol, environment in environments.items():
                if self.codegen._engine.is_symbol_defined(symbol):
                    set_environment(self.codegen, symbol, environment)

    def note_environment(codegen: Any, symbol: str, environment: object) -> None:
        environments[symbol] = environment
        if codegen._engine.is_symbol_defined(symbol):
            set_environment(codegen, symbol, environment)

    library, set_environment = JITCPUCodegen._library_class, JITCPUCodegen.set_env
    with global_compiler_lock:
        JITCPUCodegen._library_class, JITCPUCodegen.set_env = Library, note_environment
        try:
            yield
        finally:
            waiting = False
            JITCPUCodegen._library_class, JITCPUCodegen.set_env = library, set_environment


def _with_all_that_they_link(library: Any) -> dict[Any, None]:
    """The libraries that one needs, directly or through others that are not finished, in the order of first need."""
    needed: dict[Any, None] = {}
    ahead = list(reversed(library._linking_libraries))
    while ahead:
        other = ahead.pop()
        if other not in needed:
            needed[other] = None
            if not other._finalized:
                ahead.extend(reversed(other._linking_libraries))
    return needed
