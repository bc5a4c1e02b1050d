use super::super::testing::{FakeSystem, uses};
use super::*;

fn disk(device: Device) -> Disk {
    match device.kind {
        Kind::Disk(disk) => disk,
        other => panic!("{other:?} is no disk"),
    }
}

#[test]
fn a_card_is_shown_with_its_model_size_and_partitions() {
    let system = FakeSystem::new("", "");
    system.add_card();

    let device = system.device(8, 16).unwrap();

    assert_eq!(device.size_bytes, 31_914_983_424);
    let text = device.to_text();
    assert_eq!(text, "/dev/sdb: Generic MassStorageClass, 31.9 GB\n  sdb1, 31.9 GB\n");
    let disk = disk(device);
    assert!(disk.is_removable && !disk.is_read_only);
    assert_eq!(disk.uses, [""; 0]);
}

#[test]
fn a_card_in_a_slot_of_its_own_is_removable_and_soldered_memory_is_not() {
    let system = FakeSystem::new("", "");
    let attributes = |kind| [("size", "8"), ("removable", "0"), ("device/type", kind)];
    system.add("mmc0/mmcblk0", "179:0", &attributes("SD"));
    system.add("mmc1/mmcblk1", "179:8", &attributes("MMC"));

    assert!(disk(system.device(179, 0).unwrap()).is_removable);
    assert!(!disk(system.device(179, 8).unwrap()).is_removable);
}

#[test]
fn a_part_of_a_disk_is_told_from_the_disk() {
    let system = FakeSystem::new("", "");
    system.add_card();

    assert_eq!(system.device(8, 17).unwrap().kind, Kind::Partition);
}

#[test]
fn a_disk_is_in_use_when_a_part_of_it_is() {
    let mountinfo = "36 22 8:17 / /media/card rw - vfat /dev/sdb1 rw\n";
    let system = FakeSystem::new(mountinfo, "/dev/sdb2 partition 8 0 -2\n");
    system.add_card();
    system.add("usb1/sdb/sdb2", "8:18", &[("size", "8"), ("partition", "2")]);
    system.add("usb1/sdb/sdb3", "8:19", &[("size", "8"), ("partition", "3")]);
    system.write("sys/devices/usb1/sdb/sdb3/holders/dm-0", "");

    let device = system.device(8, 16).unwrap();

    let expected =
        ["sdb1 is mounted at /media/card", "sdb2 is used for swapping", "sdb3 is part of dm-0"];
    assert_eq!(uses(&device), expected);
}

#[test]
fn a_disk_is_in_use_when_it_is_mounted_as_a_whole() {
    let system = FakeSystem::new("36 22 8:16 / /mnt rw - vfat /dev/sdb rw\n", "");
    system.add_card();

    assert_eq!(uses(&system.device(8, 16).unwrap()), ["sdb is mounted at /mnt"]);
}

#[test]
fn what_the_system_does_not_describe_is_an_error() {
    let system = FakeSystem::new("", "");
    system.add("usb1/sdc", "8:32", &[("removable", "1")]);

    assert!(system.device(8, 16).is_err());
    assert!(system.device(8, 32).unwrap_err().to_string().contains("has no size"));
}

#[test]
fn where_mounts_cannot_be_read_no_disk_counts_as_unused() {
    let system = FakeSystem::new("", "");
    system.add_card();
    let blind = System { proc: "/no/such/folder".into(), ..system.system() };

    let number = nix::sys::stat::makedev(8, 16);
    assert!(Device::describe(number, &blind).is_err());
}

#[test]
fn a_file_is_taken_as_a_card_of_its_length() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("disk.img");
    fs::write(&path, [0; 1024]).unwrap();

    let device = Device::inspect(&path, &System::this()).unwrap();

    assert_eq!((device.size_bytes, &device.kind), (1024, &Kind::File));
    assert!(Device::inspect(folder.path(), &System::this()).is_err());
    assert!(Device::inspect(Path::new("/dev/null"), &System::this()).is_err());
    assert!(Device::inspect(Path::new("/dev/no-such"), &System::this()).is_err());
}
