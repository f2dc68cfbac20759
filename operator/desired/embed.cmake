# Puts crd-schemas/*.yaml into the binary. Included, it adds the generated source to
# wavegate_desired; run as a script (-DOUT=…, -DSCHEMAS=…), it writes that source.
if(NOT CMAKE_SCRIPT_MODE_FILE)
    file(GLOB wavegate_schemas CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/crd-schemas/*.yaml)
    set(wavegate_schemas_source ${PROJECT_BINARY_DIR}/generated/embedded_schemas.cpp)
    add_custom_command(
        OUTPUT ${wavegate_schemas_source}
        COMMAND ${CMAKE_COMMAND} -DOUT=${wavegate_schemas_source}
            -DSCHEMAS=${PROJECT_SOURCE_DIR}/crd-schemas -P ${CMAKE_CURRENT_LIST_FILE}
        DEPENDS ${wavegate_schemas} ${CMAKE_CURRENT_LIST_FILE}
        VERBATIM)
    target_sources(wavegate_desired PRIVATE ${wavegate_schemas_source})
    return()
endif()

file(GLOB files ${SCHEMAS}/*.yaml)
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
file(WRITE "${OUT}" "// Written by operator/desired/embed.cmake from crd-schemas/.
#include \"operator/desired/crd.hpp\"

namespace wavegate::desired {

std::map<std::string, std::string> embedded_schema_texts() {
    return {
${entries}    };
}

}  // namespace wavegate::desired
")
