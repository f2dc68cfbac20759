# Puts operator/serve/web/ into the binary. Included, it adds the generated source to
# wavegate_serve; run as a script (-DOUT=…, -DWEB=…), it writes that source.
if(NOT CMAKE_SCRIPT_MODE_FILE)
    file(GLOB wavegate_web CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/operator/serve/web/*)
    set(wavegate_web_source ${PROJECT_BINARY_DIR}/generated/embedded_web.cpp)
    add_custom_command(
        OUTPUT ${wavegate_web_source}
        COMMAND ${CMAKE_COMMAND} -DOUT=${wavegate_web_source}
            -DWEB=${PROJECT_SOURCE_DIR}/operator/serve/web -P ${CMAKE_CURRENT_LIST_FILE}
        DEPENDS ${wavegate_web} ${CMAKE_CURRENT_LIST_FILE}
        VERBATIM)
    target_sources(wavegate_serve PRIVATE ${wavegate_web_source})
    return()
endif()

file(GLOB files ${WEB}/*)
list(SORT files)
set(entries "")
foreach(path IN LISTS files)
    get_filename_component(name "${path}" NAME)
    file(READ "${path}" text)
    if(text MATCHES "\\)wavegate\"")
        message(FATAL_ERROR "${name} holds the delimiter of the raw strings")
    endif()
    string(APPEND entries "        {\"${name}\", R\"wavegate(${text})wavegate\"},\n")
endforeach()
file(WRITE "${OUT}" "// Written by operator/serve/embed.cmake from operator/serve/web/.
#include \"operator/serve/assets.hpp\"

namespace wavegate::serve {

const std::map<std::string, std::string, std::less<>>& assets() {
    static const std::map<std::string, std::string, std::less<>> all{
${entries}    };
    return all;
}

}  // namespace wavegate::serve
")
