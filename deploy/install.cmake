# cmake --install, and the Debian package: programs, man pages, completions, units, configuration.
# The units name the prefix and the configuration's folder, as they were configured.
include(GNUInstallDirs)
set(FRESHET_CONFIGURATION "" CACHE PATH "Where the configuration of the services is; empty: /etc/freshet, by the prefix")
set(FRESHET_ETC ${CMAKE_INSTALL_FULL_SYSCONFDIR}/freshet)
if(FRESHET_CONFIGURATION)
    set(FRESHET_ETC ${FRESHET_CONFIGURATION})
endif()
set(FRESHET_PACKAGE_CONTACT "The freshet authors <freshet@freshet.invalid>" CACHE STRING "Maintainer of the package")
set(FRESHET_LIBEXEC ${CMAKE_INSTALL_PREFIX}/lib/freshet)
string(TIMESTAMP page_date "%Y-%m-%d" UTC)
string(TIMESTAMP FRESHET_DATE "%a, %d %b %Y %H:%M:%S +0000" UTC)
set(made ${PROJECT_BINARY_DIR}/deploy)

# --- Man pages and completions, made by the programs that have them. A program that looks after itself (a sanitizer) may
# not run everywhere, and is not what is installed.
set(programs freshet freshet-secondary freshet-kinesis freshet-kafka)
if(TARGET freshet-ctl)
    list(APPEND programs freshet-ctl)
endif()
set(pages "")
if(NOT FRESHET_SANITIZE AND NOT CMAKE_CROSSCOMPILING)
    foreach(program ${programs})
        set(template ${PROJECT_SOURCE_DIR}/deploy/man/${program}.1.in)
        set(page ${made}/man/${program}.1)
        set(completion ${made}/completions/${program})
        file(MAKE_DIRECTORY ${made}/man ${made}/completions)
        add_custom_command(OUTPUT ${page}.gz ${completion}
            COMMAND sh ${PROJECT_SOURCE_DIR}/deploy/man/make.sh $<TARGET_FILE:${program}> ${template} ${PROJECT_VERSION}
                ${page_date} ${page} ${completion}
            COMMAND ${GZIP_PROGRAM} -9nkf ${page}
            DEPENDS ${program} ${template} ${PROJECT_SOURCE_DIR}/deploy/man/make.sh
                ${PROJECT_SOURCE_DIR}/deploy/man/options.awk ${PROJECT_SOURCE_DIR}/deploy/man/completion.awk
            COMMENT "Making the man page of ${program}" VERBATIM)
        list(APPEND pages ${page}.gz ${completion})
        install(FILES ${page}.gz DESTINATION ${CMAKE_INSTALL_MANDIR}/man1)
        install(FILES ${completion} DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions)
    endforeach()
    add_custom_target(pages ALL DEPENDS ${pages})
endif()

# --- Units
file(READ deploy/systemd/sandbox.conf SANDBOX)
string(STRIP "${SANDBOX}" SANDBOX)
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/deploy/systemd/sandbox.conf)
foreach(unit freshet-primary.service freshet-secondary@.service freshet-secondaries.service freshet-run@.service)
    configure_file(deploy/systemd/${unit}.in ${made}/systemd/${unit} @ONLY)
endforeach()
foreach(unit freshet.target freshet-secondaries.target freshet-run@.timer)
    configure_file(deploy/systemd/${unit} ${made}/systemd/${unit} COPYONLY)
endforeach()
install(DIRECTORY ${made}/systemd/ DESTINATION lib/systemd/system FILES_MATCHING PATTERN "freshet*")
install(PROGRAMS deploy/systemd/secondaries.sh DESTINATION lib/freshet RENAME secondaries)
install(PROGRAMS deploy/systemd/run-ended.sh DESTINATION lib/freshet RENAME run-ended)

# --- Configuration, documents
install(FILES deploy/systemd/freshet.env DESTINATION ${FRESHET_ETC} PERMISSIONS OWNER_READ OWNER_WRITE GROUP_READ)
install(DIRECTORY DESTINATION ${FRESHET_ETC}/runs)
install(FILES deploy/systemd/nightly.env DESTINATION ${CMAKE_INSTALL_DOCDIR}/examples)
install(FILES workloads/sensor.lua workloads/kdg.json DESTINATION ${CMAKE_INSTALL_DATADIR}/freshet/workloads)
install(FILES README.md deploy/debian/copyright DESTINATION ${CMAKE_INSTALL_DOCDIR})
file(GLOB pages docs/*.md)
install(FILES ${pages} DESTINATION ${CMAKE_INSTALL_DOCDIR}/docs)

# --- The package: cmake --build --preset release --target package
set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME freshet)
set(CPACK_PACKAGE_CONTACT ${FRESHET_PACKAGE_CONTACT})
set(CPACK_PACKAGE_VERSION ${PROJECT_VERSION})
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "distributed load testing for data streams")
set(CPACK_PACKAGE_DESCRIPTION "Floods Kinesis data streams and Kafka topics with realistic events, from
one core to a fleet, and tells what arrived. A primary serves a dashboard and
coordinates; secondaries, one a core, generate batches of events and send
them.")
set(CPACK_SET_DESTDIR ON)
set(CPACK_INSTALL_PREFIX ${CMAKE_INSTALL_PREFIX})
set(CPACK_STRIP_FILES ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION net)
set(CPACK_DEBIAN_PACKAGE_PRIORITY optional)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_DEPENDS "adduser")
set(CPACK_DEBIAN_PACKAGE_RECOMMENDS "systemd, ca-certificates")
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
foreach(file conffiles postinst postrm)
    configure_file(deploy/debian/${file}.in ${made}/debian/${file} @ONLY)
endforeach()
configure_file(deploy/debian/prerm ${made}/debian/prerm COPYONLY)
set(CPACK_DEBIAN_PACKAGE_CONTROL_EXTRA
    "${made}/debian/conffiles;${made}/debian/postinst;${made}/debian/prerm;${made}/debian/postrm")
configure_file(deploy/debian/changelog.in ${made}/debian/changelog @ONLY)
execute_process(COMMAND ${GZIP_PROGRAM} -9nkf ${made}/debian/changelog)
install(FILES ${made}/debian/changelog.gz DESTINATION ${CMAKE_INSTALL_DOCDIR})
include(CPack)
