#!/bin/sh
# bootstrap.sh FOLDER MIRROR SUITE
# Makes FOLDER/root, Debian's minimum with apt, without touching the machine: what
# debootstrap needs is only unpacked, what apt writes goes into memory, and all
# mounts live in a namespace that ends with this script.
set -eu
folder=$1 mirror=$2 suite=$3
root=$folder/root
umask 022
export LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive PATH=/usr/sbin:/usr/bin:/sbin:/bin
mount -t proc proc /proc

bootstrap=debootstrap
keyring=/usr/share/keyrings/debian-archive-keyring.gpg
wanted=
command -v debootstrap >/dev/null || wanted=debootstrap
[ -e "$keyring" ] || wanted="$wanted debian-archive-keyring"
if [ -n "$wanted" ]; then
	for state in /var/lib/apt/lists /var/cache/apt; do
		mount -t tmpfs tmpfs "$state"
	done
	mkdir -p /var/lib/apt/lists/partial /var/cache/apt/archives/partial "$folder/tools"
	cd "$folder/tools"
	apt-get -q -o APT::Sandbox::User=root update
	apt-get -q -o APT::Sandbox::User=root download $wanted
	for package in *.deb; do
		dpkg-deb -x "$package" .
	done
	cd /
fi
if [ -e "$folder/tools/usr/sbin/debootstrap" ]; then
	export DEBOOTSTRAP_DIR="$folder/tools/usr/share/debootstrap"
	bootstrap=$folder/tools/usr/sbin/debootstrap
fi
[ -e "$keyring" ] || keyring=$folder/tools$keyring
"$bootstrap" --variant=minbase --include=ca-certificates --keyring="$keyring" "$suite" "$root" "$mirror"

# Proxies and the like hold for the folder as they do for the machine.
apt-config dump 2>/dev/null | grep -E '^Acquire::(https?|Check-[A-Za-z-]+)[: ]' >"$root/etc/apt/apt.conf.d/machine" || true
printf '#!/bin/sh\nexit 101\n' >"$root/usr/sbin/policy-rc.d" # no server starts by itself
chmod 755 "$root/usr/sbin/policy-rc.d"
echo force-unsafe-io >"$root/etc/dpkg/dpkg.cfg.d/test-bed" # a crash throws the folder away anyway
printf 'path-exclude=/usr/share/%s/*\n' doc man locale >>"$root/etc/dpkg/dpkg.cfg.d/test-bed"
rm -rf "$folder/tools"
mkdir -p "$root/lab"
