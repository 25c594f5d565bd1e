# Debian ships llhttp as generated C sources (package node-llhttp, virtual name llhttp-dev); this
# builds them as a static library. LLHTTP_STRICT_MODE defaults to 0 in the header: without it bare
# CR in header values is accepted (CVE-2023-30589).
find_path(llhttp_INCLUDE_DIR llhttp/llhttp.h PATHS /usr/share/include)
find_path(llhttp_SOURCE_DIR NAMES llhttp.c PATHS /usr/share/llhttp NO_DEFAULT_PATH)
if(llhttp_INCLUDE_DIR)
  file(STRINGS "${llhttp_INCLUDE_DIR}/llhttp/llhttp.h" _llhttp_version
       REGEX "define LLHTTP_VERSION_(MAJOR|MINOR|PATCH)")
  string(REGEX REPLACE "[^0-9;]" "" _llhttp_version "${_llhttp_version}")
  list(JOIN _llhttp_version "." llhttp_VERSION)
endif()
include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(
  llhttp REQUIRED_VARS llhttp_SOURCE_DIR llhttp_INCLUDE_DIR VERSION_VAR llhttp_VERSION)
if(llhttp_FOUND AND NOT TARGET llhttp::llhttp)
  add_library(llhttp STATIC "${llhttp_SOURCE_DIR}/llhttp.c" "${llhttp_SOURCE_DIR}/api.c"
                            "${llhttp_SOURCE_DIR}/http.c")
  target_include_directories(llhttp SYSTEM PUBLIC "${llhttp_INCLUDE_DIR}"
                                                  "${llhttp_INCLUDE_DIR}/llhttp")
  target_compile_definitions(llhttp PUBLIC LLHTTP_STRICT_MODE=1)
  target_compile_options(llhttp PRIVATE -O2 -w -fPIE)
  if(CMAKE_SYSTEM_PROCESSOR STREQUAL "x86_64")
    target_compile_options(llhttp PRIVATE -msse4.2)  # Vectorised scanning of header values.
  endif()
  add_library(llhttp::llhttp ALIAS llhttp)
endif()
