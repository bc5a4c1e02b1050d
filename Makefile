# The menu. Every entry first installs what is missing.
.PHONY: setup run test bench image size check

# Build the image and boot it on an emulated Raspberry Pi 3; the first thing to try.
run: image
	cargo bramble boot

# Everything that must hold: format, lints, tests on the host, tests in QEMU.
test: image
	tools/test.sh

# Boot, size and speed in figures, against their budgets and beside what others need.
bench: setup
	cargo bramble bench

# Format and lints alone.
check: setup
	tools/test.sh check

# Build kernel8.img with the apps of apps/apps.toml, and say what takes how much room.
image size: setup
	cargo bramble image

# Install what is missing, without questions.
setup:
	tools/setup.sh
