"""Allocation policies: pure functions `f(claims, budget) -> grants`, one file per family, and their register."""

from sim.allocation import claims_rules, filling, ranking, shares  # they enter the shipped policies into the register
from sim.allocation.direct import allocate
from sim.allocation.fit import argument_faults, completed, policy_fault
from sim.allocation.own import allow_code, beside, fingerprint, is_allowed, load_policy, refusal
from sim.allocation.policy import Policy
from sim.allocation.register import get, is_address, name_of, policies, policy

__all__ = [
    "Policy", "allocate", "allow_code", "argument_faults", "beside", "claims_rules", "completed", "filling",
    "fingerprint", "get", "is_address", "is_allowed", "load_policy", "name_of", "policies", "policy", "policy_fault",
    "ranking", "refusal", "shares",
]  # fmt: skip
