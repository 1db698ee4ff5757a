"""What nearly every command works out at its start, worked out once: for the process that commands are forked from."""

from services.runtime.configuration import (
    shipped_profile_bundle,
    shipped_profiles,
    shipped_rule_bundle,
    shipped_rules,
)
from topics.map import load_map

load_map()
shipped_rule_bundle()
shipped_rules()
shipped_profile_bundle()
shipped_profiles()
