#!/bin/sh
# install.sh FOLDER MIRROR SUITE PACKAGE...
# Makes FOLDER/root, a Debian with the given packages, without touching the
# machine: debootstrap itself is only unpacked, apt's lists are private, and the
# mounts live in a namespace that ends with this script.
set -eu
folder=$1 mirror=$2 suite=$3
shift 3
root=$folder/root
umask 022
export LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive PATH=/usr/sbin:/usr/bin:/sbin:/bin
mount -t proc proc /proc

if command -v debootstrap >/dev/null; then
	bootstrap=debootstrap
else
	state=$folder/apt
	mkdir -p "$state/lists/partial" "$state/archives/partial"
	private() {
		apt-get -q -o Dir::State::lists="$state/lists" -o Dir::Cache="$state" \
			-o APT::Sandbox::User=root -o APT::Update::Post-Invoke-Success= "$@"
	}
	private update
	(cd "$state" && private download debootstrap && dpkg-deb -x debootstrap_*.deb "$folder/tools")
	export DEBOOTSTRAP_DIR="$folder/tools/usr/share/debootstrap"
	bootstrap=$folder/tools/usr/sbin/debootstrap
fi
"$bootstrap" --variant=minbase --include=ca-certificates "$suite" "$root" "$mirror"

mount -t proc proc "$root/proc"
printf '#!/bin/sh\nexit 101\n' >"$root/usr/sbin/policy-rc.d" # no server starts by itself
chmod 755 "$root/usr/sbin/policy-rc.d"
echo force-unsafe-io >"$root/etc/dpkg/dpkg.cfg.d/test-bed" # a crash throws the folder away anyway
printf 'path-exclude=/usr/share/%s/*\n' doc man locale >>"$root/etc/dpkg/dpkg.cfg.d/test-bed"
chroot "$root" debconf-set-selections <<'ANSWERS'
keystone keystone/configure_db boolean false
magnum-common magnum/configure_db boolean false
ANSWERS
chroot "$root" apt-get -q update
chroot "$root" apt-get -q -y --no-install-recommends install "$@"
chroot "$root" apt-get clean
rm -rf "$root"/var/lib/apt/lists/* "$folder/tools" "$folder/apt"
mkdir -p "$root/lab" "$root/work"
