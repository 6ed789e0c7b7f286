import ModelFormats

/// Darknet weights of a small network.
@_cdecl("LLVMFuzzerTestOneInput")
func fuzz(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  let bytes = Array(UnsafeBufferPointer(start: start, count: count))
  let text = """
    [net]
    width=32
    height=32
    channels=3
    [convolutional]
    batch_normalize=1
    filters=6
    size=3
    stride=1
    pad=1
    activation=leaky
    [yolo]
    mask=0
    anchors=10,10
    classes=1
    num=1

    """
  _ = try? DarknetReader.read(cfg: Array(text.utf8), weights: bytes)
  return 0
}
