//! The layer itself: a virtual file system of SQLite (sqlite.org/vfs.html) that passes everything
//! on to the one that was the default, and notes writes, cuts, syncs and deletions on the way.
//!
//! A file of ours is a [`Layered`], followed in the same allocation by the file of the system
//! below. Everything here runs within SQLite's calls, which are one at a time for each file.

use std::ffi::{CStr, c_char, c_int, c_void};
use std::fs::File;
use std::mem::size_of;
use std::path::{Path, PathBuf};
use std::ptr;
use std::sync::{Arc, Mutex, Once};

use rusqlite::ffi::{
    self, SQLITE_FULL, SQLITE_IOERR_FSYNC, SQLITE_IOERR_WRITE, SQLITE_OK, SQLITE_OPEN_MAIN_DB,
    SQLITE_OPEN_WAL, sqlite3_file, sqlite3_int64, sqlite3_io_methods, sqlite3_vfs,
};

use crate::{State, disk_of, lock};

/// A file of this layer. SQLite allocates it with room for the file below right behind it.
#[repr(C)]
struct Layered {
    methods: *const sqlite3_io_methods,
    /// What it lies on, if that may suffer; owned.
    place: *mut Place,
}

struct Place {
    disk: Arc<Mutex<State>>,
    path: PathBuf,
    /// To see what a write is about to replace.
    file: File,
}

static INSTALLED: Once = Once::new();

/// Puts the layer under all connections that are opened from now on, in the whole process.
///
/// # Panics
/// When SQLite has no file system, or does not take another.
pub fn install() {
    INSTALLED.call_once(|| {
        // SAFETY: SQLite is initialised by the first call. The structures live as long as the
        // process, as registering demands; `pAppData` points to the file system below.
        unsafe {
            assert_eq!(ffi::sqlite3_initialize(), SQLITE_OK, "SQLite starts");
            let below = ffi::sqlite3_vfs_find(ptr::null());
            assert!(!below.is_null(), "there is a file system");
            let mut layer = *below;
            layer.zName = c"floorwalk-disk".as_ptr();
            layer.szOsFile = (*below).szOsFile + size_of::<Layered>() as c_int;
            layer.pNext = ptr::null_mut();
            layer.pAppData = below.cast();
            layer.xOpen = Some(open);
            layer.xDelete = Some(delete);
            layer.xAccess = Some(access);
            layer.xFullPathname = Some(full_pathname);
            let layer = Box::leak(Box::new(layer));
            assert_eq!(ffi::sqlite3_vfs_register(layer, 1), SQLITE_OK, "it is taken");
        }
    });
}

/// The file system below.
///
/// # Safety
/// `vfs` is the layer's.
unsafe fn below_vfs(vfs: *mut sqlite3_vfs) -> *mut sqlite3_vfs {
    // SAFETY: `install` has put it there.
    unsafe { (*vfs).pAppData.cast() }
}

/// The file below.
///
/// # Safety
/// `file` is the layer's.
unsafe fn below(file: *mut sqlite3_file) -> *mut sqlite3_file {
    // SAFETY: it lies right behind ours, in the same allocation.
    unsafe { file.cast::<Layered>().add(1).cast() }
}

/// Calls the method of the file below.
macro_rules! pass {
    ($file:expr, $method:ident $(, $argument:expr)*) => {{
        let below = below($file);
        match (*(*below).pMethods).$method {
            Some(method) => method(below $(, $argument)*),
            None => ffi::SQLITE_IOERR,
        }
    }};
}

unsafe fn place<'a>(file: *mut sqlite3_file) -> Option<&'a Place> {
    // SAFETY: it is null or a leaked box until the file is closed.
    unsafe { (*file.cast::<Layered>()).place.as_ref() }
}

unsafe extern "C" fn open(
    vfs: *mut sqlite3_vfs,
    name: *const c_char,
    file: *mut sqlite3_file,
    flags: c_int,
    out_flags: *mut c_int,
) -> c_int {
    // SAFETY: SQLite gives `szOsFile` bytes for `file`, and a name or null.
    unsafe {
        let layered = file.cast::<Layered>();
        (*layered).methods = ptr::null();
        (*layered).place = ptr::null_mut();
        let vfs = below_vfs(vfs);
        let Some(open) = (*vfs).xOpen else { return ffi::SQLITE_CANTOPEN };
        let outcome = open(vfs, name, below(file), flags, out_flags);
        if outcome != SQLITE_OK {
            return outcome;
        }
        if !name.is_null() && flags & (SQLITE_OPEN_MAIN_DB | SQLITE_OPEN_WAL) != 0 {
            let path = PathBuf::from(CStr::from_ptr(name).to_string_lossy().into_owned());
            if let Some(disk) = disk_of(&path) {
                let Ok(file) = File::open(&path) else { return ffi::SQLITE_CANTOPEN };
                (*layered).place = Box::into_raw(Box::new(Place { disk, path, file }));
            }
        }
        (*layered).methods = &raw const METHODS;
        SQLITE_OK
    }
}

unsafe extern "C" fn delete(vfs: *mut sqlite3_vfs, name: *const c_char, sync: c_int) -> c_int {
    // SAFETY: SQLite gives a name.
    unsafe {
        let path = CStr::from_ptr(name).to_string_lossy().into_owned();
        if let Some(disk) = disk_of(Path::new(&path)) {
            let mut disk = lock(&disk);
            if disk.frozen {
                return ffi::SQLITE_IOERR_DELETE;
            }
            disk.deleted(Path::new(&path));
        }
        let vfs = below_vfs(vfs);
        (*vfs).xDelete.map_or(ffi::SQLITE_IOERR, |delete| delete(vfs, name, sync))
    }
}

unsafe extern "C" fn access(
    vfs: *mut sqlite3_vfs,
    name: *const c_char,
    flags: c_int,
    out: *mut c_int,
) -> c_int {
    // SAFETY: passed on as it came.
    unsafe {
        let vfs = below_vfs(vfs);
        (*vfs).xAccess.map_or(ffi::SQLITE_IOERR, |access| access(vfs, name, flags, out))
    }
}

unsafe extern "C" fn full_pathname(
    vfs: *mut sqlite3_vfs,
    name: *const c_char,
    size: c_int,
    out: *mut c_char,
) -> c_int {
    // SAFETY: passed on as it came.
    unsafe {
        let vfs = below_vfs(vfs);
        (*vfs).xFullPathname.map_or(ffi::SQLITE_IOERR, |full| full(vfs, name, size, out))
    }
}

static METHODS: sqlite3_io_methods = sqlite3_io_methods {
    // Without memory mapping, so that every byte passes here.
    iVersion: 2,
    xClose: Some(close),
    xRead: Some(read),
    xWrite: Some(write),
    xTruncate: Some(truncate),
    xSync: Some(sync),
    xFileSize: Some(file_size),
    xLock: Some(lock_file),
    xUnlock: Some(unlock_file),
    xCheckReservedLock: Some(check_reserved_lock),
    xFileControl: Some(file_control),
    xSectorSize: Some(sector_size),
    xDeviceCharacteristics: Some(device_characteristics),
    xShmMap: Some(shm_map),
    xShmLock: Some(shm_lock),
    xShmBarrier: Some(shm_barrier),
    xShmUnmap: Some(shm_unmap),
    xFetch: None,
    xUnfetch: None,
};

unsafe extern "C" fn close(file: *mut sqlite3_file) -> c_int {
    // SAFETY: `place` was leaked by `open`, and SQLite closes once.
    unsafe {
        let layered = file.cast::<Layered>();
        if !(*layered).place.is_null() {
            drop(Box::from_raw((*layered).place));
            (*layered).place = ptr::null_mut();
        }
        pass!(file, xClose)
    }
}

unsafe extern "C" fn write(
    file: *mut sqlite3_file,
    bytes: *const c_void,
    count: c_int,
    offset: sqlite3_int64,
) -> c_int {
    // SAFETY: SQLite gives `count` bytes.
    unsafe {
        if let Some(place) = place(file) {
            let new = std::slice::from_raw_parts(bytes.cast::<u8>(), count.max(0) as usize);
            let mut disk = lock(&place.disk);
            if !disk.may_write() {
                return SQLITE_IOERR_WRITE;
            }
            let end = offset.unsigned_abs() + new.len() as u64;
            let size = place.file.metadata().map_or(0, |metadata| metadata.len());
            if disk.full && end > size {
                return SQLITE_FULL;
            }
            if disk.will_write((&place.path, &place.file), offset.unsigned_abs(), new).is_err() {
                return SQLITE_IOERR_WRITE;
            }
        }
        pass!(file, xWrite, bytes, count, offset)
    }
}

unsafe extern "C" fn truncate(file: *mut sqlite3_file, size: sqlite3_int64) -> c_int {
    // SAFETY: passed on as it came.
    unsafe {
        if let Some(place) = place(file) {
            let mut disk = lock(&place.disk);
            if disk.frozen
                || disk.will_truncate((&place.path, &place.file), size.unsigned_abs()).is_err()
            {
                return ffi::SQLITE_IOERR_TRUNCATE;
            }
        }
        pass!(file, xTruncate, size)
    }
}

unsafe extern "C" fn sync(file: *mut sqlite3_file, flags: c_int) -> c_int {
    // SAFETY: passed on as it came, or not at all.
    unsafe {
        let Some(place) = place(file) else { return pass!(file, xSync, flags) };
        let mut disk = lock(&place.disk);
        if disk.frozen || disk.failing {
            return SQLITE_IOERR_FSYNC;
        }
        if !disk.lying {
            // The real disk need not do it: this one's power is never cut but by `lose_power`.
            disk.synced(&place.path);
        }
        SQLITE_OK
    }
}

unsafe extern "C" fn read(
    file: *mut sqlite3_file,
    out: *mut c_void,
    count: c_int,
    offset: sqlite3_int64,
) -> c_int {
    // SAFETY: passed on as it came.
    unsafe { pass!(file, xRead, out, count, offset) }
}

unsafe extern "C" fn file_size(file: *mut sqlite3_file, size: *mut sqlite3_int64) -> c_int {
    // SAFETY: passed on as it came.
    unsafe { pass!(file, xFileSize, size) }
}

unsafe extern "C" fn lock_file(file: *mut sqlite3_file, level: c_int) -> c_int {
    // SAFETY: passed on as it came.
    unsafe { pass!(file, xLock, level) }
}

unsafe extern "C" fn unlock_file(file: *mut sqlite3_file, level: c_int) -> c_int {
    // SAFETY: passed on as it came.
    unsafe { pass!(file, xUnlock, level) }
}

unsafe extern "C" fn check_reserved_lock(file: *mut sqlite3_file, out: *mut c_int) -> c_int {
    // SAFETY: passed on as it came.
    unsafe { pass!(file, xCheckReservedLock, out) }
}

unsafe extern "C" fn file_control(
    file: *mut sqlite3_file,
    op: c_int,
    argument: *mut c_void,
) -> c_int {
    // SAFETY: passed on as it came.
    unsafe { pass!(file, xFileControl, op, argument) }
}

unsafe extern "C" fn sector_size(_: *mut sqlite3_file) -> c_int {
    crate::SECTOR_BYTES as c_int
}

unsafe extern "C" fn device_characteristics(_: *mut sqlite3_file) -> c_int {
    // It promises nothing: neither that writes are whole nor that their neighbours are safe.
    0
}

unsafe extern "C" fn shm_map(
    file: *mut sqlite3_file,
    region: c_int,
    size: c_int,
    extend: c_int,
    out: *mut *mut c_void,
) -> c_int {
    // SAFETY: passed on as it came.
    unsafe { pass!(file, xShmMap, region, size, extend, out) }
}

unsafe extern "C" fn shm_lock(
    file: *mut sqlite3_file,
    offset: c_int,
    count: c_int,
    flags: c_int,
) -> c_int {
    // SAFETY: passed on as it came.
    unsafe { pass!(file, xShmLock, offset, count, flags) }
}

unsafe extern "C" fn shm_barrier(file: *mut sqlite3_file) {
    // SAFETY: passed on as it came.
    unsafe {
        let below = below(file);
        if let Some(barrier) = (*(*below).pMethods).xShmBarrier {
            barrier(below);
        }
    }
}

unsafe extern "C" fn shm_unmap(file: *mut sqlite3_file, delete: c_int) -> c_int {
    // SAFETY: passed on as it came.
    unsafe { pass!(file, xShmUnmap, delete) }
}
