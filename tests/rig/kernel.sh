#!/usr/bin/env bash
# kernel.sh FOLDER: Debian's stock kernel and the modules that the rig needs, unpacked into FOLDER
# and not installed. apt checks what it downloads. Nothing is done where they are already there; to
# have a newer kernel, remove FOLDER.
set -euo pipefail

[ $# -eq 1 ] || { echo "usage: kernel.sh FOLDER" >&2; exit 2; }
folder=$1
[ -f "$folder/version" ] && exit 0

# linux-image-amd64 names the current one. The cloud kernel beside it has no USB.
package=$(apt-cache depends linux-image-amd64 | awk '$1 == "Depends:" { print $2; exit }')
case $package in
	linux-image-*-amd64) ;;
	*) echo "kernel.sh: apt knows no linux-image-amd64; apt-get update?" >&2; exit 1 ;;
esac
version=${package#linux-image-}

mkdir -p "$folder"
new=$(mktemp -d "$folder/new.XXXXXX")
trap 'rm -rf "$new"' EXIT
(cd "$new" && apt-get -qq -o APT::Sandbox::User=root download "$package")
modules=./lib/modules/$version
dpkg-deb --fsys-tarfile "$new/$package"_*.deb | tar -x -C "$new" --wildcards \
	"./boot/vmlinuz-$version" "$modules/modules.*" \
	"$modules/kernel/drivers/usb/*" "$modules/kernel/drivers/virtio/*" \
	"$modules/kernel/fs/configfs/*" "$modules/kernel/fs/overlayfs/*" \
	"$modules/kernel/fs/9p/*" "$modules/kernel/net/9p/*" \
	"$modules/kernel/fs/netfs/*" "$modules/kernel/fs/fscache/*"
/sbin/depmod -b "$new" "$version"

rm -rf "$folder/lib"
mv "$new/lib" "$folder/lib"
"$(dirname "$0")/vmlinux.py" "$new/boot/vmlinuz-$version" "$folder/vmlinux"
echo "$version" >"$folder/version" # last: it says that all is there
