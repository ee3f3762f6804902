#include "cli/commands.hpp"

namespace {

int failed(int code, const std::string& why) {
  sgtm::say("{}", why);
  return code;
}

}  // namespace

int main(int argc, char** argv) {
  sgtm::prepare_streams();
  try {
    const int code = sgtm::run_program(argc, argv);
    sgtm::finish_output();
    return code;
  } catch (const sgtm::Interrupted& e) {
    return failed(130, e.what());
  } catch (const sgtm::Busy& e) {
    return failed(sgtm::busy_code, e.what());
  } catch (const sgtm::Error& e) {
    return failed(2, e.what());
  } catch (const std::bad_alloc&) {
    return failed(2, "there is not enough memory for this. Choose a smaller model, --micro-batch or --batch.");
  } catch (const std::filesystem::filesystem_error& e) {
    return failed(2, fmt::format("{}: {}. Name another path, or change its permissions.", e.path1().string(),
                                 e.code().message()));
  } catch (const std::exception& e) {
    return failed(3, fmt::format("{}: this is a mistake of the program. Please report it with the command.", e.what()));
  }
}
