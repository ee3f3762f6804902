#pragma once

namespace sgtm {

/// Call first in main. Standard streams that are closed are opened on /dev/null, so that no file gets their numbers. A
/// reader that went away, and the limit of a file's size, become errors of a write instead of ending the program.
void prepare_streams();

/// Call last: forces out what was printed. Throws Error where something of it could not be written; a reader that went
/// away wanted no more.
void finish_output();

}  // namespace sgtm
