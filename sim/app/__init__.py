"""The live page: move a policy, see who stays. `sim app` serves it (the extra `app`)."""
