//! Room in memory.

use std::{
    fs,
    path::{Path, PathBuf},
};

use tsk_core::{
    Check,
    check::{Checking, Finding},
};

use super::disk::Limits;

/// Whether there is memory left: of what the control group of the process may use, in any version, or else of the machine.
///
/// What the kernel would give back at once, files that it keeps and are not in use, counts as free. It is for Linux.
#[derive(Debug, Clone)]
pub struct Memory {
    limits: Limits,
    root: PathBuf,
}

impl Default for Memory {
    fn default() -> Self {
        Self::new()
    }
}

impl Memory {
    /// The memory of this process.
    pub fn new() -> Self {
        Self { limits: Limits::default(), root: "/".into() }
    }

    /// How much has to be free.
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }
}

impl Check for Memory {
    fn check(&self) -> Checking<'_> {
        // These files are made by the kernel when they are read, without a disk.
        Box::pin(std::future::ready(match read(&self.root) {
            Some(Room { free, whole }) => self.limits.finding(free, whole),
            None => Finding::fail("the system does not say how much memory there is: no /proc/meminfo"),
        }))
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Room {
    free: u64,
    whole: u64,
}

/// The least room that any limit leaves.
fn read(root: &Path) -> Option<Room> {
    let groups = fs::read_to_string(root.join("proc/self/cgroup")).unwrap_or_default();
    let groups = groups.lines().filter_map(|line| group(root, line)).flatten();
    groups.chain(machine(root)).min_by_key(|room| room.free)
}

/// The limits of a control group and of those around it; `line` is of `/proc/self/cgroup` (`cgroups(7)`).
fn group(root: &Path, line: &str) -> Option<Vec<Room>> {
    let mut parts = line.splitn(3, ':').skip(1);
    let (controllers, path) = (parts.next()?, parts.next()?);
    let (mount, files) = match controllers {
        "" => ("sys/fs/cgroup", &VERSION_2),
        _ if controllers.split(',').any(|controller| controller == "memory") => {
            ("sys/fs/cgroup/memory", &VERSION_1)
        }
        _ => return None,
    };
    let mount = root.join(mount);
    // Within a container the path may be one of the machine that is not to be seen: then there is the mount alone.
    let inner = mount.join(path.trim_start_matches('/'));
    let around = inner.ancestors().take_while(|folder| folder.starts_with(&mount));
    Some(around.filter_map(|folder| files.room(folder)).collect())
}

/// The names of what says how much there is.
struct Files {
    most: &'static str,
    used: &'static str,
    /// In `memory.stat`: what would be given back.
    spare: &'static str,
}

const VERSION_2: Files = Files { most: "memory.max", used: "memory.current", spare: "inactive_file" };
const VERSION_1: Files =
    Files { most: "memory.limit_in_bytes", used: "memory.usage_in_bytes", spare: "total_inactive_file" };

impl Files {
    /// `None` where there is no limit.
    fn room(&self, folder: &Path) -> Option<Room> {
        let number = |file: &str| fs::read_to_string(folder.join(file)).ok()?.trim().parse::<u64>().ok();
        let (whole, used) = (number(self.most)?, number(self.used)?);
        let stat = fs::read_to_string(folder.join("memory.stat")).unwrap_or_default();
        let spare = stat.lines().find_map(|line| line.strip_prefix(self.spare)?.trim().parse::<u64>().ok());
        let used = used.saturating_sub(spare.unwrap_or(0));
        // Without a limit version 1 says the most that it can, which no machine has.
        (whole < 1 << 60).then(|| Room { free: whole.saturating_sub(used), whole })
    }
}

fn machine(root: &Path) -> Option<Room> {
    let text = fs::read_to_string(root.join("proc/meminfo")).ok()?;
    let kib = |name: &str| {
        let rest = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'))?;
        rest.trim().strip_suffix("kB")?.trim().parse::<u64>().ok()
    };
    Some(Room { free: kib("MemAvailable")? * 1024, whole: kib("MemTotal")? * 1024 })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use tsk_core::check::Status;

    use super::*;

    fn system(files: &[(&str, &str)]) -> tempfile::TempDir {
        let root = tempfile::tempdir().unwrap();
        for (path, text) in files {
            let path = root.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        root
    }

    const MACHINE: (&str, &str) =
        ("proc/meminfo", "MemTotal:       1000 kB\nMemFree:         100 kB\nMemAvailable:    600 kB\n");

    #[test]
    fn without_a_group_it_is_that_of_the_machine() {
        let root = system(&[MACHINE]);
        assert_eq!(read(root.path()), Some(Room { free: 600 * 1024, whole: 1000 * 1024 }));
        assert_eq!(read(Path::new("/nowhere")), None);
    }

    #[test]
    fn the_tightest_group_around_decides() {
        let root = system(&[
            MACHINE,
            ("proc/self/cgroup", "0::/pod/app\n"),
            ("sys/fs/cgroup/pod/app/memory.max", "max\n"),
            ("sys/fs/cgroup/pod/app/memory.current", "1\n"),
            ("sys/fs/cgroup/pod/memory.max", "1000\n"),
            ("sys/fs/cgroup/pod/memory.current", "700\n"),
            ("sys/fs/cgroup/pod/memory.stat", "anon 500\ninactive_file 150\nactive_file 50\n"),
        ]);
        assert_eq!(read(root.path()), Some(Room { free: 450, whole: 1000 }));
    }

    #[test]
    fn within_a_container_the_mount_is_the_group() {
        let root = system(&[
            MACHINE,
            ("proc/self/cgroup", "0::/../../somewhere\n"),
            ("sys/fs/cgroup/memory.max", "1000\n"),
            ("sys/fs/cgroup/memory.current", "999\n"),
        ]);
        assert_eq!(read(root.path()), Some(Room { free: 1, whole: 1000 }));
    }

    #[test]
    fn the_first_version_is_read_too() {
        let root = system(&[
            MACHINE,
            ("proc/self/cgroup", "5:cpu,cpuacct:/a\n4:memory:/a\n"),
            ("sys/fs/cgroup/memory/a/memory.limit_in_bytes", "2000\n"),
            ("sys/fs/cgroup/memory/a/memory.usage_in_bytes", "1500\n"),
            ("sys/fs/cgroup/memory/a/memory.stat", "inactive_file 1\ntotal_inactive_file 500\n"),
            ("sys/fs/cgroup/memory/memory.limit_in_bytes", "9223372036854771712\n"),
            ("sys/fs/cgroup/memory/memory.usage_in_bytes", "1500\n"),
        ]);
        assert_eq!(read(root.path()), Some(Room { free: 1000, whole: 2000 }));
    }

    #[tokio::test]
    async fn too_little_is_said() {
        let root = system(&[("proc/meminfo", "MemTotal: 1048576 kB\nMemAvailable: 10240 kB\n")]);
        let memory = Memory { root: root.path().to_owned(), ..Memory::new() };
        let finding = memory.check().await;
        assert_eq!(finding.status, Status::Fail);
        assert_eq!(finding.output, "10.0 MiB of 1.0 GiB are free, which is less than 5%");
    }
}
