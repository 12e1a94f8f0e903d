//! Fallible memory for whatever is as large as a picture: an error, where the allocator would end
//! the program; and how much there may be of it.

use std::fs::read_to_string;
use std::hint::black_box;
use std::path::Path;

use crate::error::{Error, ErrorKind, Remedy, Result};
use crate::raster::Size;

/// Zeros for a picture of a size. Where nothing is ever written they take no memory, as far as that
/// is up to the system.
///
/// # Errors
/// When there is not enough memory.
pub fn zeros<T: bytemuck::Zeroable>(length: usize, size: Size) -> Result<Vec<T>> {
    below_ceiling(length.saturating_mul(size_of::<T>()), size)?;
    bytemuck::allocation::try_zeroed_vec(length).map_err(|()| too_little(size))
}

/// Copies of a value for a picture of a size.
///
/// # Errors
/// When there is not enough memory.
pub fn filled<T: Clone>(value: T, length: usize, size: Size) -> Result<Vec<T>> {
    below_ceiling(length.saturating_mul(size_of::<T>()), size)?;
    let mut filled = Vec::new();
    filled
        .try_reserve_exact(length)
        .map_err(|_| too_little(size))?;
    filled.resize(length, value);
    Ok(filled)
}

/// Makes sure that so many bytes for each pixel of a picture could be had now: to be asked before
/// work whose memory cannot be asked for with care, such as that of other crates' encoders.
///
/// # Errors
/// When there is not enough memory.
pub fn afford(bytes: usize, size: Size) -> Result<()> {
    /// What encoders and threads hold however small the picture is.
    const AT_LEAST: usize = 8 << 20;
    let bytes = size.pixels().saturating_mul(bytes).max(AT_LEAST);
    let mut room: Vec<u8> = Vec::new();
    let reserved = room.try_reserve_exact(bytes);
    // Else the compiler would see that nobody uses it, and not even ask.
    black_box(&room);
    reserved.map_err(|_| too_little(size))?;
    below_ceiling(bytes, size)
}

/// Makes sure that so many bytes more are below the limit of this process: a control group gives
/// all that is asked for, and ends who takes it.
fn below_ceiling(bytes: usize, size: Size) -> Result<()> {
    /// What is not worth asking the system for its limits.
    const LITTLE: usize = 32 << 20;
    if bytes > LITTLE && ceiling().is_some_and(|most| most < held() + bytes as u64) {
        return Err(too_little(size));
    }
    Ok(())
}

/// The bytes of memory that this process has taken so far, where the system tells.
fn held() -> u64 {
    let status = read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let number = line.and_then(|line| line.split_whitespace().next()?.parse().ok());
    number.map_or(0, |kilobytes: u64| kilobytes << 10)
}

/// The bytes that this process may have at the most: the least of its own limit (`ulimit -v`) and
/// of those of the control groups that it is in, as containers have them. `None` where there is
/// none, or the system does not tell.
#[must_use]
pub fn ceiling() -> Option<u64> {
    let limits = read_to_string("/proc/self/limits").unwrap_or_default();
    let groups = read_to_string("/proc/self/cgroup").unwrap_or_default();
    let of_group = |file: &Path| read_to_string(file).ok()?.trim().parse().ok();
    lowest(&limits, &groups, of_group)
}

/// The lowest of the limits in the words of Linux, whose files are read by a function.
fn lowest(limits: &str, groups: &str, of_group: impl Fn(&Path) -> Option<u64>) -> Option<u64> {
    let own = limits.lines().find_map(|line| {
        let (_, numbers) = line.split_once("Max address space")?;
        numbers.split_whitespace().next()?.parse().ok()
    });
    let of_groups = groups.lines().filter_map(|line| {
        let mut parts = line.splitn(3, ':').skip(1);
        let (controllers, path) = (parts.next()?, parts.next()?);
        // One tree in version 2, one for each controller in version 1.
        let (root, file) = match controllers
            .split(',')
            .find(|name| ["", "memory"].contains(name))?
        {
            "" => ("/sys/fs/cgroup", "memory.max"),
            _ => ("/sys/fs/cgroup/memory", "memory.limit_in_bytes"),
        };
        // In a container the path may be that of the machine, and then the root is the group's.
        let group = Path::new(path.trim_start_matches('/'));
        let files = group
            .ancestors()
            .map(|group| Path::new(root).join(group).join(file));
        files.filter_map(|file| of_group(&file)).min()
    });
    of_groups.chain(own).min()
}

fn too_little(size: Size) -> Error {
    Error::new(
        ErrorKind::Limit,
        format!("there is not enough memory for a picture of {size} pixels"),
    )
    .remedy(Remedy::SmallerPicture)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lowest_limit_is_that_of_the_process_or_of_any_group_it_is_in() {
        let own = "Limit  Soft Limit  Hard Limit  Units\nMax address space         700    unlimited    bytes\n";
        let none = "Max address space         unlimited    unlimited    bytes\n";
        let group = |file: &Path| match file.to_str()? {
            "/sys/fs/cgroup/a/memory.max" => Some(500),
            "/sys/fs/cgroup/memory/memory.limit_in_bytes" => Some(600),
            _ => None,
        };
        for (limits, groups, expected) in [
            (none, "", None),
            (own, "", Some(700)),
            (own, "0::/a/b\n", Some(500)),
            (none, "0::/c\n", None),
            (own, "9:cpu:/\n4:memory:/x/y\n0::/\n", Some(600)),
            ("", "", None),
        ] {
            assert_eq!(lowest(limits, groups, group), expected, "{limits}{groups}");
        }
    }

    #[test]
    fn more_than_there_is_of_anything_is_an_error() {
        let size = Size::new(1 << 16, 1 << 15).unwrap();
        let text = afford(1 << 30, size).unwrap_err().to_string();
        assert!(
            text.contains("memory for a picture of 65536 × 32768"),
            "{text}"
        );
        assert!(zeros::<u8>(usize::MAX / 2, size).is_err());
        assert!(filled(7_u8, usize::MAX / 2, size).is_err());
        assert_eq!(filled(7_u8, 3, size), Ok(vec![7; 3]));
    }
}
