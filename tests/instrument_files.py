"""Files as instruments write them, made small: the same record of a junction in each of their styles."""

import numpy as np

SAMPLES = 120
INTERVAL = 4e-8
VOLTS = np.round(0.04 + 5e-3 * np.sign(np.sin(np.arange(SAMPLES) / 7.0)) + 1e-4 * np.cos(np.arange(SAMPLES)), 5)
TIMES = np.round(INTERVAL * (np.arange(SAMPLES) - 60), 10)


def _lines(form, times=TIMES, values=VOLTS):
    return [form.format(t=t, v=v, k=k) for k, (t, v) in enumerate(zip(times.tolist(), values.tolist(), strict=True))]


def _tektronix_tds() -> str:
    """TDS 1000/2000: the preamble stands in three columns beside the first rows."""
    head = (
        "Record Length,1.200000e+02", "Sample Interval,4.000000e-08", "Trigger Point,6.000000000000e+01", ",", ",", ",",
        "Source,CH1", "Vertical Units,V", "Vertical Scale,2.000000e-02", "Vertical Offset,0.000000e+00",
        "Horizontal Units,s", "Horizontal Scale,5.000000e-07", "Pt Fmt,Y", "Yzero,0.000000e+00",
        "Probe Atten,1.000000e+00", "Model Number,TDS2014B", "Serial Number,C000001", "Firmware Version,FV:v22.11",
    )  # fmt: skip
    rows = _lines(",{t:018.12f},{v:9.5f},")
    return "\r\n".join(f"{head[k] if k < len(head) else ','},{row}" for k, row in enumerate(rows)) + "\r\n"


def _tektronix_mso() -> str:
    head = """Model,MDO3024
Firmware Version,1.28

Waveform Type,ANALOG
Point Format,Y
Horizontal Units,s
Horizontal Scale,4e-07
Horizontal Delay,0
Sample Interval,4e-08
Record Length,120
Gating,0.0% to 100.0%
Probe Attenuation,1
Vertical Units,V
Vertical Offset,0
Vertical Scale,0.02
Vertical Position,0
,
,
Label,
TIME,CH1
"""
    return head + "\n".join(_lines("{t:.4e},{v:.6f}")) + "\n"


def _keysight_infiniivision() -> str:
    return "x-axis,1\nsecond,Volt\n" + "\n".join(_lines("{t:+.8E},{v:+.6E}")) + "\n"


def _keysight_infiniium() -> str:
    head = """Revision:,0
Type:,raw
Start:,0
Points:,120
Count:,1
XDispRange:,4.8e-06
XDispOrg:,-2.4e-06
XInc:,4e-08
XOrg:,-2.4e-06
YData range:,0.16
YUnits:,Volt
XUnits:,second
Frame:,DSOS104A:MY00000001
Date:,24 FEB 2024
Time:,10:15:33
Data:
"""
    return head + "\n".join(_lines("{t:.9e}, {v:.6e}")) + "\n"


def _lecroy() -> str:
    head = """LECROYWS424,51234,Waveform
Segments,1,SegmentSize,120
Segment,TrigTime,TimeSinceSegment1
#1,24-Feb-2016 16:34:36,0
Time,Ampl
"""
    return head + "\n".join(_lines("{t:.5e},{v:.8f}")) + "\n"


def _rigol_ds1000z() -> str:
    return (
        "X,CH1,Start,Increment,\nSequence,Volt,-2.400000e-06,4.000000e-08\n" + "\n".join(_lines("{k},{v:.6e},,")) + "\n"
    )


def _rigol_mso5000() -> str:
    return "Time(s),CH1(V),t0 = -2.4e-06,tInc = 4e-08,\n" + "\n".join(_lines("{t:.8e},{v:.6e},,,")) + "\n"


def _rigol_ds1000e() -> str:
    return "X,CH1,\nSecond,Volt,\n" + "\n".join(_lines("{t:.5e},{v:.6e},")) + "\n"


def _keithley_2450() -> str:
    head = (
        "Index,Reading,Unit,Range Digits,Disp Digits,Math,Start Group,Relative Time,Date,Time,Fractional Seconds,"
        "Source Reading,Source Unit\n"
    )
    rows = _lines("{k},{v:.6f},Volt DC,6.5,5.5,F,F,{t:.9f},02/24/2024,10:15:33,0.25,1.000000e-06,Amp DC")
    return "Model,2450\n\n" + head + "\n".join(rows) + "\n"


def _keithley_kickstart() -> str:
    return "Index\tSMU-1 Time (us)\tSMU-1 Voltage (mV)\n" + "\n".join(
        f"{k}\t{1e6 * t:.4f}\t{1e3 * v:.4f}" for k, (t, v) in enumerate(zip(TIMES, VOLTS, strict=True))
    )  # fmt: skip


def _picoscope() -> str:
    rows = _lines("{t:.8f},{v:.8f}", TIMES * 1e6, VOLTS * 1e3)
    return "Time,Channel A\n(us),(mV)\n\n" + "\n".join(rows) + "\n"


def _labview() -> str:
    head = """LabVIEW Measurement
Writer_Version\t2
Separator\tTab
Decimal_Separator\t,
X_Columns\tNo
***End_of_Header***

Channels\t1
Samples\t120
Y_Unit_Label\tVolts
X_Dimension\tTime
Delta_X\t0,00000004
***End_of_Header***
"""
    return head + "Voltage (V)\n" + "\n".join(f"{v:.6f}".replace(".", ",") for v in VOLTS)


def _german() -> str:
    rows = _lines("{t:.4f};{v:.4f}", TIMES * 1e6, VOLTS * 1e3)
    return "Messung 7; Probe A3\nZeit / \N{MICRO SIGN}s;Spannung / mV\n" + "\n".join(rows).replace(".", ",") + "\n"


def _origin() -> str:
    rows = _lines("{t:.4f}\t{v:.4f}", TIMES * 1e6, VOLTS * 1e3)
    return "Time\tVoltage\nus\tmV\n\tsample A3, pad 4\n" + "\n".join(rows) + "\n"


def _savetxt() -> str:
    return "# pad 4\n# time (us) voltage (mV)\n" + "\n".join(_lines("{t:.6e} {v:.6e}", TIMES * 1e6, VOLTS * 1e3))


def _quoted() -> str:
    return '"Time (us)","Voltage (mV)"\n' + "\n".join(_lines('"{t:.4f}","{v:.4f}"', TIMES * 1e6, VOLTS * 1e3))


def _ppms() -> str:
    head = "[Header]\nTITLE,sample A3\nBYAPP,MultiVu,1.0\nINFO,CoFeB,MATERIAL\n[Data]\n"
    return head + "Comment,Time Stamp (sec),Bridge 1 (V)\n" + "\n".join(_lines(",{t:.9e},{v:.6f}"))


STYLES = {
    "tektronix tds": _tektronix_tds(),
    "tektronix mso": _tektronix_mso(),
    "keysight infiniivision": _keysight_infiniivision(),
    "keysight infiniium": _keysight_infiniium(),
    "lecroy": _lecroy(),
    "rigol ds1000z": _rigol_ds1000z(),
    "rigol mso5000": _rigol_mso5000(),
    "rigol ds1000e": _rigol_ds1000e(),
    "keithley 2450": _keithley_2450(),
    "keithley kickstart": _keithley_kickstart(),
    "picoscope": _picoscope(),
    "labview": _labview(),
    "german": _german(),
    "origin": _origin(),
    "savetxt": _savetxt(),
    "quoted": _quoted(),
    "ppms": _ppms(),
}
"""Text of each file. All hold `VOLTS` every `INTERVAL`."""

NO_UNIT = {"lecroy"}
"""Those that do not tell the unit of the values."""
