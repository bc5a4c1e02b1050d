# The menu. Every entry first installs what is missing.
.PHONY: setup run test stress fuzz bench image size check release flash

# Build the image and boot it on an emulated Raspberry Pi 3; the first thing to try.
run: image
	cargo bramble boot

# Everything that must hold: format, lints, tests on the host, tests in QEMU.
test: image
	tools/test.sh

# What is too long for `make test`: soaks, tens of thousands of starts.
stress: image
	tools/test.sh stress

# Ten minutes of made-up input for everything that reads what others wrote.
fuzz: setup
	tools/fuzz.sh

# Boot, size and speed in figures, against their budgets and beside what others need.
bench: setup
	cargo bramble bench

# Format and lints alone.
check: setup
	tools/test.sh check

# Build kernel8.img with the apps of apps/apps.toml and an image of a card with it, and say what
# takes how much room.
image size: setup
	mkdir -p target/image
	cargo bramble image --sd target/image/card.img

# What is published, in target/release-card: a packed image of a card, its sum, the kernel and
# the licence of its font.
# Its time is that of the last commit, so that the same sources make the same bytes.
release: setup
	tools/firmware.sh
	SOURCE_DATE_EPOCH=$${SOURCE_DATE_EPOCH:-$$(git log -1 --format=%ct)} cargo bramble release

# Write the image to a card: make flash DEVICE=/dev/sdX
flash:
	@test -n "$(DEVICE)" || { echo "which card? make flash DEVICE=/dev/sdX"; exit 2; }
	tools/setup.sh
	tools/firmware.sh
	mkdir -p target/image
	cargo bramble image --sd target/image/card.img
	cargo bramble flash --device "$(DEVICE)" target/image/card.img

# Install what is missing, without questions.
setup:
	tools/setup.sh
