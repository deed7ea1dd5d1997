# lua/*.lua become a part of the room `common`.
file(GLOB lua_sources CONFIGURE_DEPENDS common/workload/lua/*.lua)
set(embedded ${PROJECT_BINARY_DIR}/generated/common/workload/script_sources.c)
add_custom_command(OUTPUT ${embedded}
    COMMAND ${CMAKE_COMMAND} -DOUT=${embedded} -DDIR=${PROJECT_SOURCE_DIR}/common/workload/lua
        -P ${PROJECT_SOURCE_DIR}/common/workload/embed.cmake
    DEPENDS ${lua_sources} common/workload/embed.cmake
    COMMENT "Embedding our Lua" VERBATIM)
target_sources(freshet_common PRIVATE ${embedded})
