#!/bin/sh
# Refreshes the vendored parts of this folder from the npm registry. Only the
# person who changes a version needs npm; builds use what is committed.
#
#	static/vendor.sh            fetch what vendor.txt pins and check every hash
#	static/vendor.sh --update   the same, but write the new hashes to vendor.txt
#
# vendor.txt: package, version, file in the package, file here, sha256.
# icons.txt:  names of @tabler/icons; "filled/x" becomes the symbol "x-filled".
set -eu
cd "$(dirname "$0")"
update=${1:-}
icons=@tabler/icons@3.51.0
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# fetch PACKAGE@VERSION: unpacks it once, prints the folder.
fetch() {
	dir="$work/$(echo "$1" | tr '/@' '__')"
	if [ ! -d "$dir" ]; then
		mkdir "$dir"
		tarball=$(cd "$work" && npm pack --silent "$1")
		tar xzf "$work/$tarball" -C "$dir" --strip-components=1
	fi
	echo "$dir"
}

# sprite FOLDER: prints one <symbol> for each name of icons.txt.
sprite() {
	echo '<svg xmlns="http://www.w3.org/2000/svg">'
	while read -r name; do
		case $name in
		filled/*) file="$1/icons/$name.svg" id="${name#filled/}-filled" paint='fill="currentColor"' ;;
		*) file="$1/icons/outline/$name.svg" id=$name paint='fill="none" stroke="currentColor" stroke-width="1.75" stroke-linecap="round" stroke-linejoin="round"' ;;
		esac
		if [ ! -f "$file" ]; then
			echo "vendor.sh: there is no icon $name in $icons" >&2
			exit 1
		fi
		# The first path is an invisible box that only keeps the icon's size.
		body=$(sed -n '/^  </p' "$file" | grep -v 'M0 0h24v24H0z' | sed 's/^  //; s| />|/>|' | tr -d '\n')
		echo "<symbol id=\"$id\" viewBox=\"0 0 24 24\" $paint>$body</symbol>"
	done <icons.txt
	echo '</svg>'
}

while read -r package version source file sum; do
	from=$(fetch "$package@$version")
	cp "$from/$source" "$file"
	new=$(sha256sum "$file" | cut -d' ' -f1)
	if [ "$update" != --update ] && [ "$new" != "$sum" ]; then
		echo "vendor.sh: $file of $package@$version has sha256 $new, vendor.txt says $sum" >&2
		exit 1
	fi
	if [ -f "$from/LICENSE" ]; then
		cp "$from/LICENSE" "licenses/$(echo "${package#@}" | tr '/' '-').txt"
	fi
	echo "$package $version $source $file $new" >>"$work/vendor.txt"
done <vendor.txt
cp "$work/vendor.txt" vendor.txt

from=$(fetch $icons)
sprite "$from" >"$work/icons.svg"
cp "$work/icons.svg" icons.svg
cp "$from/LICENSE" licenses/tabler-icons.txt
# @tabler/core comes without its licence text and is built on Bootstrap.
cp "$(fetch bootstrap@5.3.8)/LICENSE" licenses/bootstrap.txt
