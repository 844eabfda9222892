"""What an LV2 host reads of the plugin before it loads it: two Turtle files, made from the table of parameters."""

from melodyrnn.plugin.parameters import PARAMETERS, Parameter
from melodyrnn.plugin.protocol import Status

URI = "urn:melodyrnn:plugin"
MODEL_URI = f"{URI}#model"
TEXT_URI = f"{URI}#text"
# The ports before those of the parameters, in the order of lv2.c.
PORTS = ("in", "out", "enabled", "freewheeling", "status", "late")
SEQUENCE_BYTES = 65536

PREFIXES = """\
@prefix atom: <http://lv2plug.in/ns/ext/atom#> .
@prefix doap: <http://usefulinc.com/ns/doap#> .
@prefix lv2: <http://lv2plug.in/ns/lv2core#> .
@prefix midi: <http://lv2plug.in/ns/ext/midi#> .
@prefix patch: <http://lv2plug.in/ns/ext/patch#> .
@prefix pprops: <http://lv2plug.in/ns/ext/port-props#> .
@prefix rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix rsz: <http://lv2plug.in/ns/ext/resize-port#> .
@prefix state: <http://lv2plug.in/ns/ext/state#> .
@prefix time: <http://lv2plug.in/ns/ext/time#> .
@prefix urid: <http://lv2plug.in/ns/ext/urid#> .
"""

PLUGIN = f"""
<{MODEL_URI}>
    a lv2:Parameter ;
    rdfs:label "Model file" ;
    rdfs:comment "A model of your own, in place of the included one of the style." ;
    rdfs:range atom:Path .

<{URI}>
    a lv2:Plugin , lv2:MIDIPlugin ;
    doap:name "melodyrnn" ;
    doap:license <http://opensource.org/licenses/mit> ;
    rdfs:comment "Makes music on the host's timeline with a recurrent network, and answers what comes in." ;
    lv2:minorVersion 2 ;
    lv2:microVersion 0 ;
    lv2:requiredFeature urid:map ;
    lv2:optionalFeature lv2:hardRTCapable ;
    lv2:extensionData state:interface ;
    patch:writable <{MODEL_URI}> ;
"""

FIXED = (
    f"""a lv2:InputPort , atom:AtomPort ;
        atom:bufferType atom:Sequence ;
        atom:supports midi:MidiEvent , time:Position , patch:Message ;
        lv2:designation lv2:control ;
        rsz:minimumSize {SEQUENCE_BYTES} ;
        lv2:name "In" ;""",
    f"""a lv2:OutputPort , atom:AtomPort ;
        atom:bufferType atom:Sequence ;
        atom:supports midi:MidiEvent ;
        rsz:minimumSize {SEQUENCE_BYTES} ;
        lv2:name "Out" ;""",
    """a lv2:InputPort , lv2:ControlPort ;
        lv2:designation lv2:enabled ;
        lv2:portProperty lv2:toggled ;
        lv2:name "Enabled" ;
        lv2:default 1 ; lv2:minimum 0 ; lv2:maximum 1 ;""",
    """a lv2:InputPort , lv2:ControlPort ;
        lv2:designation lv2:freeWheeling ;
        lv2:portProperty lv2:toggled , pprops:notOnGUI ;
        lv2:name "Freewheeling" ;
        lv2:default 0 ; lv2:minimum 0 ; lv2:maximum 1 ;""",
    f"""a lv2:OutputPort , lv2:ControlPort ;
        lv2:portProperty lv2:integer , lv2:enumeration ;
        lv2:name "Status" ;
        lv2:default 0 ; lv2:minimum 0 ; lv2:maximum {max(Status)} ;
        {{status}}""",
    """a lv2:OutputPort , lv2:ControlPort ;
        lv2:portProperty lv2:integer ;
        lv2:name "Bars that came late" ;
        lv2:default 0 ; lv2:minimum 0 ; lv2:maximum 16777216 ;""",
)
PROPERTIES = {
    "number": "",
    "ratio": "pprops:logarithmic",
    "whole": "lv2:integer",
    "choice": "lv2:integer , lv2:enumeration",
    "switch": "lv2:toggled",
    "button": "lv2:toggled , pprops:trigger",
}


def manifest(binary: str) -> str:
    """manifest.ttl, for a binary of that name."""
    about = f"<{URI}>\n    a lv2:Plugin ;\n    lv2:binary <{binary}> ;\n    rdfs:seeAlso <melodyrnn.ttl> .\n"
    return f"{PREFIXES}\n{about}"


def description() -> str:
    """melodyrnn.ttl: the plugin and its ports."""
    status = _scale_points([row.name.lower().replace("_", " ") for row in Status])
    bodies = [body.replace("{status}", status) for body in FIXED]
    symbols = [*PORTS, *(parameter.symbol for parameter in PARAMETERS)]
    bodies += [_parameter(parameter) for parameter in PARAMETERS]
    ports = [
        f'[\n        {body}\n        lv2:index {index} ;\n        lv2:symbol "{symbol}" ;\n    ]'
        for index, (symbol, body) in enumerate(zip(symbols, bodies, strict=True))
    ]
    return f"{PREFIXES}{PLUGIN}    lv2:port {' , '.join(ports)} .\n"


def _parameter(parameter: Parameter) -> str:
    lines = ["a lv2:InputPort , lv2:ControlPort ;"]
    if PROPERTIES[parameter.kind]:
        lines.append(f"lv2:portProperty {PROPERTIES[parameter.kind]} ;")
    lines.append(f'lv2:name "{parameter.name}" ;')
    lines.append(f'rdfs:comment "{_escaped(parameter.help)}" ;')
    values = (("default", parameter.default), ("minimum", parameter.low), ("maximum", parameter.high))
    lines.append(" ".join(f"lv2:{name} {float(value)!r} ;" for name, value in values))
    if parameter.choices:
        lines.append(_scale_points(parameter.choices))
    return "\n        ".join(lines)


def _scale_points(names: tuple[str, ...] | list[str]) -> str:
    points = [f'[ rdfs:label "{_escaped(name)}" ; rdf:value {number} ]' for number, name in enumerate(names)]
    return f"lv2:scalePoint {' , '.join(points)} ;"


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"')
