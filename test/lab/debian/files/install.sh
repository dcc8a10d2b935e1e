#!/bin/sh
# install.sh BASE FOLDER ANSWERS PACKAGE...
# Makes FOLDER/root, a copy of BASE with the given packages. ANSWERS is what
# debconf would ask. All mounts live in a namespace that ends with this script.
set -eu
base=$1 root=$2/root answers=$3
shift 3
umask 022
export LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive PATH=/usr/sbin:/usr/bin:/sbin:/bin
cp -a --reflink=auto "$base" "$root"
mount -t proc proc "$root/proc"
printf '%s' "$answers" | chroot "$root" debconf-set-selections
chroot "$root" apt-get -q update
chroot "$root" apt-get -q -y --no-install-recommends install "$@"
chroot "$root" apt-get clean
rm -rf "$root"/var/lib/apt/lists/*
