# The page: taken ready-built from FRESHET_WEB_DIST, or built by npm from web/app, and embedded into freshet_web.
set(FRESHET_WEB_DIST "" CACHE PATH "A ready-built page (what `npm run build` leaves in web/app/dist); empty: build it")

set(app ${PROJECT_SOURCE_DIR}/web/app)
set(placeholder ${PROJECT_SOURCE_DIR}/web/server/placeholder)
set(page_stamp ${PROJECT_BINARY_DIR}/web/page.stamp)
set(page_dir ${PROJECT_BINARY_DIR}/web/page)
set(embedded ${PROJECT_BINARY_DIR}/web/assets_data.c)
find_program(GZIP_PROGRAM gzip REQUIRED)

if(FRESHET_WEB_DIST)
    get_filename_component(ready "${FRESHET_WEB_DIST}" ABSOLUTE BASE_DIR ${PROJECT_SOURCE_DIR})
    if(NOT EXISTS ${ready}/index.html OR NOT EXISTS ${ready}/login.html)
        message(FATAL_ERROR "FRESHET_WEB_DIST=${ready} holds no index.html and login.html: it must be a built page")
    endif()
elseif(NOT EXISTS ${app}/package.json)
    set(ready ${placeholder})
else()
    find_program(NODE_PROGRAM NAMES node nodejs)
    find_program(NPM_PROGRAM npm)
    set(node_version "none")
    if(NODE_PROGRAM)
        execute_process(COMMAND ${NODE_PROGRAM} --version OUTPUT_VARIABLE node_version OUTPUT_STRIP_TRAILING_WHITESPACE)
        string(REPLACE "v" "" node_version "${node_version}")
    endif()
    if(NOT NPM_PROGRAM OR node_version STREQUAL "none" OR node_version VERSION_LESS 18)
        message(FATAL_ERROR "The dashboard's page needs Node.js 18 or later with npm (found: ${node_version}).\n"
            "Install them (Debian, Ubuntu: apt-get install nodejs npm; or see nodejs.org), or pass a ready-built page:\n"
            "  -DFRESHET_WEB_DIST=DIR     what `npm ci && npm run build` leaves in web/app/dist on another machine\n"
            "  -DFRESHET_WEB_DIST=web/server/placeholder     no page, the routes only")
    endif()
endif()

if(ready)
    file(GLOB page_files CONFIGURE_DEPENDS ${ready}/*)
    set(page_dir ${ready})
else()
    file(GLOB_RECURSE page_sources CONFIGURE_DEPENDS ${app}/src/* ${app}/static/*)
    add_custom_command(OUTPUT ${app}/node_modules/.package-lock.json
        COMMAND ${NPM_PROGRAM} ci --no-audit --no-fund --loglevel=error
        DEPENDS ${app}/package-lock.json ${app}/package.json
        WORKING_DIRECTORY ${app} COMMENT "Fetching what the page is made of (npm ci)" VERBATIM)
    add_custom_command(OUTPUT ${page_stamp}
        COMMAND ${NPM_PROGRAM} run --silent build
        COMMAND ${CMAKE_COMMAND} -E rm -rf ${page_dir}
        COMMAND ${CMAKE_COMMAND} -E copy_directory ${app}/dist ${page_dir}
        COMMAND ${CMAKE_COMMAND} -E touch ${page_stamp}
        DEPENDS ${page_sources} ${app}/build.mjs ${app}/package.json ${app}/node_modules/.package-lock.json
        WORKING_DIRECTORY ${app} COMMENT "Building the page" VERBATIM)
    set(page_files ${page_stamp})
endif()

add_custom_command(OUTPUT ${embedded}
    COMMAND ${CMAKE_COMMAND} -DOUT=${embedded} -DDIRS=${page_dir} -DGZIP=${GZIP_PROGRAM}
        -DFILES=${PROJECT_SOURCE_DIR}/web/server/openapi.json -DSCRATCH=${PROJECT_BINARY_DIR}/web/gzip
        -P ${PROJECT_SOURCE_DIR}/web/server/embed.cmake
    DEPENDS ${page_files} ${PROJECT_SOURCE_DIR}/web/server/embed.cmake ${PROJECT_SOURCE_DIR}/web/server/openapi.json
    COMMENT "Embedding the page" VERBATIM)
target_sources(freshet_web PRIVATE ${embedded})
