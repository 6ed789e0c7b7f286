package import Geometry

/// One picture's labels as Pascal VOC writes them: an XML file with `filename`, `size` and per
/// `object` its `name`, `difficult` and `bndbox`.
///
/// The corners there count pixels from 1, both inclusive: a box from 1 to 10 covers ten pixels, here
/// `[0, 10]`.
package struct VOCAnnotation: Hashable, Sendable {
  package struct Object: Hashable, Sendable {
    package var name: String
    package var box: OriginSizeBox
    package var isDifficult: Bool
  }

  package private(set) var fileName: String?
  package private(set) var size: Size?
  package private(set) var objects: [Object] = []

  /// - Parameters:
  ///   - path: For messages.
  ///   - leniency: Takes objects that are left out.
  /// - Throws: `AnnotationError` with the line; for a file that is not XML always.
  package init(
    _ bytes: [UInt8], path: String, leniency: inout Leniency
  ) throws(AnnotationError) {
    var scanner = XMLScanner(bytes)
    var stack: [String] = []
    var object = Fields()
    var picture = Fields()
    while let event = try Self.next(&scanner, path: path) {
      switch event {
      case .start(let name):
        guard !stack.isEmpty || name == "annotation" else {
          throw AnnotationError(
            path: path, line: scanner.eventLine, "not a Pascal VOC annotation: <\(name)>")
        }
        stack.append(name)
        if stack == Self.objectPlace { object = Fields(line: scanner.eventLine) }
      case .text(let text):
        if stack.starts(with: Self.objectPlace) {
          object[stack.dropFirst(2), scanner.eventLine] = text
        } else {
          picture[stack.dropFirst(), scanner.eventLine] = text
        }
      case .end:
        if stack == Self.objectPlace {
          do throws(Fields.Refusal) {
            objects.append(try object.object())
          } catch {
            try leniency.refuse(AnnotationError(path: path, line: error.line, error.detail))
          }
        }
        stack.removeLast()
      }
    }
    fileName = picture["filename"]
    if let width = picture["size/width"].flatMap({ Int($0) }),
      let height = picture["size/height"].flatMap({ Int($0) }), width > 0, height > 0
    {
      size = Size(width: width, height: height)
    }
  }

  private static let objectPlace = ["annotation", "object"]

  private static func next(
    _ scanner: inout XMLScanner, path: String
  ) throws(AnnotationError) -> XMLScanner.Event? {
    do {
      return try scanner.next()
    } catch {
      throw AnnotationError(path: path, line: error.line, error.detail)
    }
  }

  /// The texts of an element's descendants, by their way from it; the first of each counts.
  private struct Fields {
    struct Refusal: Error {
      let line: Int
      let detail: String
    }

    var line = 1
    private var texts: [String: (text: String, line: Int)] = [:]

    init(line: Int = 1) { self.line = line }

    subscript(place: String) -> String? { texts[place]?.text }

    subscript(place: ArraySlice<String>, line: Int) -> String? {
      get { self[place.joined(separator: "/")] }
      set {
        let place = place.joined(separator: "/")
        if let newValue, texts[place] == nil { texts[place] = (newValue, line) }
      }
    }

    func object() throws(Refusal) -> Object {
      guard let name = self["name"] else {
        throw Refusal(line: line, detail: "object without a name")
      }
      let (minX, minY) = (try corner("xmin"), try corner("ymin"))
      let (maxX, maxY) = (try corner("xmax"), try corner("ymax"))
      guard maxX >= minX, maxY >= minY else {
        throw Refusal(
          line: texts["bndbox/xmin"]?.line ?? line,
          detail: "bndbox: xmax or ymax is less than xmin or ymin")
      }
      let difficult = self["difficult"] ?? "0"
      guard difficult == "0" || difficult == "1" else {
        throw Refusal(
          line: texts["difficult"]?.line ?? line, detail: "difficult is \(difficult), not 0 or 1")
      }
      return Object(
        name: name,
        box: OriginSizeBox(
          x: minX - 1, y: minY - 1, width: maxX - minX + 1, height: maxY - minY + 1),
        isDifficult: difficult == "1")
    }

    private func corner(_ name: String) throws(Refusal) -> Double {
      guard let (text, line) = texts["bndbox/" + name] else {
        throw Refusal(line: line, detail: "object without bndbox/\(name)")
      }
      guard let value = Double(text), abs(value) <= OriginSizeBox.coordinateLimit else {
        throw Refusal(line: line, detail: "\(name) is \"\(text)\", not a number of pixels")
      }
      return value
    }
  }
}
