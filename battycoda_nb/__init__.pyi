# The public surface: what `bc.<TAB>` offers. lazy_loader reads this file and loads each name at its first use;
# tests/test_public.py holds it.

from ._version import __version__ as __version__
from .annotations.calls import Call as Call
from .annotations.calls import Calls as Calls
from .client.client import Client as Client
from .client.client import connect as connect
from .client.recording import Recording as Recording
from .client.sequence import RecordingSequence as RecordingSequence
from .cluster.pending import Pending as Pending
from .errors import BattycodaError as BattycodaError
from .errors import ClusterError as ClusterError
from .errors import RecordingError as RecordingError
from .errors import RequestError as RequestError
from .recordings.sample import sample_recording as sample_recording
from .signal.requests import SpectrogramRequest as SpectrogramRequest
from .signal.spectrogram import Spectrogram as Spectrogram
from .widgets.explorer.explorer import CallExplorer as CallExplorer
from .widgets.status.panel import StatusPanel as StatusPanel
