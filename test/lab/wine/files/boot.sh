#!/bin/sh
# boot.sh
# Runs a wine server for the installation in /srv/prefix, whose changes stay in
# memory, writes "ready", and ends when its standard input does.
set -eu
mkdir /run/changes /run/work /run/prefix
mount -t overlay overlay -o lowerdir=/srv/prefix,upperdir=/run/changes,workdir=/run/work /run/prefix
# Permissions hold for the server, too: it opens the files.
exec setpriv --bounding-set=-dac_override,-dac_read_search /bin/sh -ec '
	/usr/lib/wine/wineserver64 -p
	/usr/lib/wine/wine64 cmd /c exit </dev/null >&2
	echo ready
	exec cat'
