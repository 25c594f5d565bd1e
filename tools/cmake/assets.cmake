# Files inside the binary: the page is served without touching the disk, and a binary is complete by
# itself.

# mr_npm_ci(OUT FOLDER): installs what FOLDER/package-lock.json names below the build folder and sets
# OUT to its node_modules, or to "" where npm or the network is missing: the build goes on and the
# page says that its player is missing. Runs again only when the lock file changes.
function(mr_npm_ci out folder)
  set(${out} "" PARENT_SCOPE)
  set(prefix ${CMAKE_BINARY_DIR}/npm)
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${folder}/package-lock.json)
  file(SHA256 ${folder}/package-lock.json lock)
  set(stamp ${prefix}/${lock}.stamp)
  if(EXISTS ${stamp})
    set(${out} ${prefix}/node_modules PARENT_SCOPE)
    return()
  endif()
  find_program(NPM npm)
  if(NOT NPM)
    message(WARNING "npm is not installed: the binary is built without hls.js and its page cannot "
                    "play. Install npm and configure again.")
    return()
  endif()
  file(REMOVE_RECURSE ${prefix})
  file(COPY ${folder}/package.json ${folder}/package-lock.json ${folder}/.npmrc
       DESTINATION ${prefix})
  message(STATUS "npm ci: hls.js and uPlot for the player page")
  execute_process(
    COMMAND ${NPM} ci --ignore-scripts --no-audit --no-fund --prefer-offline
            --fetch-retries=2 --fetch-retry-mintimeout=1000 --fetch-retry-maxtimeout=4000
            --fetch-timeout=30000 --loglevel=error
    WORKING_DIRECTORY ${prefix} TIMEOUT 180
    RESULT_VARIABLE status OUTPUT_VARIABLE text ERROR_VARIABLE text)
  if(NOT status EQUAL 0)
    message(WARNING "npm ci failed (${status}): the binary is built without hls.js and its page "
                    "cannot play. Configure again when the registry answers.\n${text}")
    return()
  endif()
  file(TOUCH ${stamp})
  set(${out} ${prefix}/node_modules PARENT_SCOPE)
endfunction()

# mr_embed(TARGET NAMESPACE FUNCTION HEADER path=file…): compiles the files into TARGET, each reached
# by its URL path through `std::span<const Asset> NAMESPACE::FUNCTION()`, declared in HEADER. A file
# that does not exist is left out.
function(mr_embed target namespace function header)
  set(folder ${CMAKE_CURRENT_BINARY_DIR}/${target}_embed)
  set(lines "")
  set(files "")
  foreach(entry IN LISTS ARGN)
    string(REGEX MATCH "^([^=]+)=(.+)$" _ "${entry}")
    if(NOT EXISTS "${CMAKE_MATCH_2}")
      message(STATUS "not embedded: ${CMAKE_MATCH_1} (no such file)")
      continue()
    endif()
    list(APPEND files "${CMAKE_MATCH_2}")
    string(APPEND lines "${entry}\n")
  endforeach()
  # configure_file leaves an unchanged list alone, so that a plain reconfigure rebuilds nothing.
  file(WRITE ${folder}/list.in "${lines}")
  configure_file(${folder}/list.in ${folder}/list COPYONLY)
  set(script ${CMAKE_SOURCE_DIR}/tools/cmake/embed.cmake)
  add_custom_command(
    OUTPUT ${folder}/assets.S ${folder}/assets.cc
    COMMAND ${CMAKE_COMMAND} -D list=${folder}/list -D folder=${folder} -D namespace=${namespace}
            -D function=${function} -D header=${header} -P ${script}
    DEPENDS ${files} ${folder}/list ${script}
    COMMENT "Embedding the files of ${target}" VERBATIM)
  target_sources(${target} PRIVATE ${folder}/assets.S ${folder}/assets.cc)
  set_source_files_properties(${folder}/assets.S PROPERTIES
                              COMPILE_OPTIONS -Wno-unused-command-line-argument)
endfunction()
