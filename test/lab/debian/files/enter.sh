#!/bin/sh
# enter.sh ROOT SHARED WORK COMMAND [ARG]...
# Runs COMMAND inside ROOT, which stays read-only but for memory at /run and
# /dev/shm. SHARED appears as /lab, its folder tmp, made if need be, as /tmp, and WORK, the command's
# current folder, as /srv. The caller gives us a mount namespace of our own, so
# every mount ends with the command.
set -eu
root=$1 shared=$2 work=$3
shift 3
mkdir -p "$shared/tmp"
mount --bind "$root" "$root"
mount -t tmpfs tmpfs "$root/run"
mount -t tmpfs tmpfs "$root/dev/shm"
mount -o remount,bind,ro "$root"
mount -t proc proc "$root/proc"
mount --bind "$shared" "$root/lab"
mount --bind "$shared/tmp" "$root/tmp"
mount --bind "$work" "$root/srv"
exec chroot "$root" /bin/sh -c 'cd /srv && exec "$@"' sh "$@"
