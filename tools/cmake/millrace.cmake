# The functions that every folder's CMakeLists.txt uses. A folder is one library; its sources are
# whatever .cc files lie in it, so adding a file needs no edit here.

# mr_library(NAME [FOLDERS sub…] [LINK lib…] [PRIVATE_LINK lib…]): the library of the current folder
# and of the named folders below it.
function(mr_library name)
  cmake_parse_arguments(ARG "" "" "FOLDERS;LINK;PRIVATE_LINK" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.cc)
  foreach(folder ${ARG_FOLDERS})
    file(GLOB below CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/${folder}/*.cc)
    list(APPEND sources ${below})
  endforeach()
  if(NOT sources)
    add_library(${name} INTERFACE)
    target_link_libraries(${name} INTERFACE millrace_flags ${ARG_LINK})
    return()
  endif()
  add_library(${name} STATIC ${sources})
  target_link_libraries(${name} PUBLIC millrace_flags ${ARG_LINK} PRIVATE ${ARG_PRIVATE_LINK})
  if(NOT name STREQUAL "millrace_pch")
    target_precompile_headers(${name} REUSE_FROM millrace_pch)
  endif()
endfunction()

# mr_test(FOLDER [ON_EPOLL filter] [LINK lib…]): one test binary for the *_test.cc files below
# tests/FOLDER. Tests that the filter names run once more, as epoll.NAME, where io_uring is refused.
function(mr_test folder)
  cmake_parse_arguments(ARG "" "ON_EPOLL" "LINK" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/tests/${folder}/*_test.cc
       ${CMAKE_SOURCE_DIR}/tests/${folder}/test_*.cc)
  if(NOT sources)
    return()
  endif()
  string(REPLACE "/" "_" target ${folder})
  set(target ${target}_test)
  add_executable(${target} ${sources})
  target_link_libraries(${target} PRIVATE ${ARG_LINK} GTest::gtest_main)
  target_precompile_headers(${target} REUSE_FROM millrace_pch)
  gtest_discover_tests(${target} DISCOVERY_MODE PRE_TEST PROPERTIES TIMEOUT 120
                       WORKING_DIRECTORY ${CMAKE_BINARY_DIR})
  if(ARG_ON_EPOLL)
    target_sources(${target} PRIVATE ${CMAKE_SOURCE_DIR}/tests/forbid_io_uring.cc)
    target_link_libraries(${target} PRIVATE PkgConfig::libseccomp)
    gtest_discover_tests(${target} DISCOVERY_MODE PRE_TEST TEST_PREFIX epoll.
                         TEST_LIST ${target}_on_epoll TEST_FILTER ${ARG_ON_EPOLL}
                         PROPERTIES TIMEOUT 120 ENVIRONMENT MR_FORBID_IO_URING=1
                         WORKING_DIRECTORY ${CMAKE_BINARY_DIR})
  endif()
endfunction()

# mr_fuzz(STEM [LINK lib…]): tests/fuzz/STEM_fuzz.cc. With the fuzz preset a libFuzzer
# binary; elsewhere a gtest-free replay of its corpus, so that finds stay fixed.
function(mr_fuzz stem)
  cmake_parse_arguments(ARG "" "" "LINK" ${ARGN})
  set(target ${stem}_fuzz)
  set(source ${CMAKE_SOURCE_DIR}/tests/fuzz/${stem}_fuzz.cc)
  set(corpus ${CMAKE_SOURCE_DIR}/tests/fuzz/corpus/${stem})
  if(MILLRACE_FUZZ)
    add_executable(${target} ${source})
    target_link_options(${target} PRIVATE -fsanitize=fuzzer)
    set_target_properties(${target} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/fuzz)
    if(NOT TARGET fuzzers)
      add_custom_target(fuzzers)  # Everything that tools/test runs for 30 s each.
    endif()
    add_dependencies(fuzzers ${target})
  else()
    add_executable(${target} ${source} ${CMAKE_SOURCE_DIR}/tests/fuzz/replay_main.cc)
    add_test(NAME fuzz.${stem}.replay COMMAND ${target} ${corpus})
  endif()
  target_link_libraries(${target} PRIVATE ${ARG_LINK})
  target_precompile_headers(${target} REUSE_FROM millrace_pch)
endfunction()

# mr_bench(FOLDER [LINK lib…]): one Google Benchmark binary for bench/FOLDER/*_bench.cc.
function(mr_bench folder)
  cmake_parse_arguments(ARG "" "" "LINK" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/bench/${folder}/*_bench.cc)
  string(REPLACE "/" "_" target ${folder})
  set(target ${target}_bench)
  add_executable(${target} ${sources})
  target_link_libraries(${target} PRIVATE ${ARG_LINK} benchmark::benchmark_main)
  target_precompile_headers(${target} REUSE_FROM millrace_pch)
endfunction()
