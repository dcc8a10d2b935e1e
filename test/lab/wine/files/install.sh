#!/bin/sh
# install.sh
# Makes a Windows installation in /lab/prefix and tries it.
set -eu
/usr/lib/wine/wine64 wineboot --init
/usr/lib/wine/wineserver64 -w
test "$(/usr/lib/wine/wine64 cmd /c echo works | tr -d '\r\n')" = works
/usr/lib/wine/wineserver64 -w
