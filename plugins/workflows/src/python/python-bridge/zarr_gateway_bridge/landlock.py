"""Landlock of Linux (5.13 and later), by which a process without rights restricts itself: https://docs.kernel.org/userspace-api/landlock.html"""
import ctypes
import os
import struct

CREATE_RULESET, ADD_RULE, RESTRICT_SELF = 444, 445, 446
VERSION = 1  # flag of CREATE_RULESET
PATH_BENEATH = 1
NO_NEW_PRIVS = 38
# rights that change the file system: write_file, remove_dir, remove_file, make_char to make_sym
CHANGE = 1 << 1 | sum(1 << bit for bit in range(4, 13))
REFER, TRUNCATE = 1 << 13, 1 << 14
SCOPE_SIGNAL = 1 << 1


def restrict(writable, signals):
    """
    This thread, and all that it starts: it changes files below these folders alone and, with `signals`, signals what it has
    started alone. False where the kernel cannot do it, or one of the folders cannot be opened: then nothing is held back.
    """
    libc = ctypes.CDLL(None, use_errno=True)
    version = libc.syscall(CREATE_RULESET, None, ctypes.c_size_t(0), VERSION)
    if version < 1: return False
    rights = CHANGE | (REFER if version >= 2 else 0) | (TRUNCATE if version >= 3 else 0)
    # handled_access_fs, handled_access_net, scoped; older kernels know a shorter structure
    attributes = struct.pack("=QQQ", rights, 0, SCOPE_SIGNAL if signals and version >= 6 else 0)
    size = 24 if version >= 6 else 16 if version >= 4 else 8
    ruleset = libc.syscall(CREATE_RULESET, attributes, ctypes.c_size_t(size), 0)
    if ruleset < 0: return False
    try:
        return (all(_allow(libc, ruleset, rights, path) for path in writable)
                and libc.prctl(NO_NEW_PRIVS, 1, 0, 0, 0) == 0
                and libc.syscall(RESTRICT_SELF, ruleset, 0) == 0)
    finally: os.close(ruleset)


def _allow(libc, ruleset, rights, path):
    try: folder = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError: return False
    try: return libc.syscall(ADD_RULE, ruleset, PATH_BENEATH, struct.pack("=Qi", rights, folder), 0) == 0
    finally: os.close(folder)
