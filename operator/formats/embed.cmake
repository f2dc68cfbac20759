# Puts files into the binary. Included, it gives wavegate_embed; run as a script, it writes the
# source of a function that returns their texts by name.
if(NOT CMAKE_SCRIPT_MODE_FILE)
    set(wavegate_embed_script ${CMAKE_CURRENT_LIST_FILE})

    # wavegate_embed(desired HEADER operator/desired/crd.hpp FUNCTION embedded_schema_texts
    #     FILES crd-schemas/*.yaml): adds namespace wavegate::desired's function to its library.
    function(wavegate_embed name)
        cmake_parse_arguments(ARG "" "HEADER;FUNCTION;FILES" "" ${ARGN})
        file(GLOB files CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/${ARG_FILES})
        set(source ${PROJECT_BINARY_DIR}/generated/embedded_${name}.cpp)
        add_custom_command(
            OUTPUT ${source}
            COMMAND ${CMAKE_COMMAND} -DOUT=${source} -DNAME=${name} -DHEADER=${ARG_HEADER}
                -DFUNCTION=${ARG_FUNCTION} -DFILES=${PROJECT_SOURCE_DIR}/${ARG_FILES}
                -P ${wavegate_embed_script}
            DEPENDS ${files} ${wavegate_embed_script}
            VERBATIM)
        target_sources(wavegate_${name} PRIVATE ${source})
    endfunction()
    return()
endif()

file(GLOB files ${FILES})
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
file(WRITE "${OUT}" "// Written by operator/formats/embed.cmake.
#include \"${HEADER}\"

namespace wavegate::${NAME} {

const std::map<std::string, std::string, std::less<>>& ${FUNCTION}() {
    static const std::map<std::string, std::string, std::less<>> all{
${entries}    };
    return all;
}

}  // namespace wavegate::${NAME}
")
