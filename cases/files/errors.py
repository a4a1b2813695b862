"""What is refused of a file."""

from cases.errors import CaseworkError


class FileRefused(CaseworkError):
    """The root of what is wrong with the bytes themselves; another file is needed."""

    code = "file_broken"


class FileEmpty(FileRefused):
    """No bytes at all."""

    code = "file_empty"


class FileTooLarge(FileRefused):
    """More bytes than are taken."""

    code = "file_too_large"


class FileTypeRefused(FileRefused):
    """Neither JPEG, PNG, WebP nor PDF, whatever it is called."""

    code = "file_type_refused"


class HeicRefused(FileRefused):
    """A photo as new iPhones keep them, which browsers elsewhere do not show."""

    code = "file_heic_refused"


class PictureWanted(FileRefused):
    """A PDF where only pictures are taken."""

    code = "file_picture_wanted"


class FileBroken(FileRefused):
    """It cannot be read to its end: cut off, or damaged."""

    code = "file_broken"


class FileMixed(FileRefused):
    """Something else is inside or behind it: a file that two programs read as two things."""

    code = "file_mixed"


class FileAnimated(FileRefused):
    """A picture that moves."""

    code = "file_animated"


class TooManyPixels(FileRefused):
    """A picture with more pixels, or a longer side, than are taken."""

    code = "file_too_many_pixels"


class TooManyPages(FileRefused):
    """A PDF with more pages than are taken."""

    code = "file_too_many_pages"


class FileLocked(FileRefused):
    """A PDF that opens only with a password."""

    code = "file_locked"


class FileActive(FileRefused):
    """A PDF that runs something, starts something, or carries other files."""

    code = "file_active"


class FileTooHard(FileRefused):
    """Reading it took more time or memory than there is for one file, or ended the process that read it."""

    code = "file_too_hard"


class UploadStopped(CaseworkError):
    """The file did not arrive whole, or too slowly."""

    code = "upload_stopped"


class UploadsBusy(CaseworkError):
    """As many files as can be looked at just now."""

    code = "uploads_busy"


class TooManyFiles(CaseworkError):
    """The case, or the person today, has as many files or bytes as are kept."""

    code = "too_many_files"


class FileUnknown(CaseworkError):
    """No such file of this case, for this person, or for this purpose."""

    code = "file_unknown"


class ShelfUnavailable(CaseworkError):
    """What keeps the files does not answer, or has no room."""

    code = "files_unavailable"


class ContentMissing(ShelfUnavailable):
    """The shelf has no such content, though it should."""
