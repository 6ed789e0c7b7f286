internal import Evaluation
internal import Geometry
internal import Interchange

/// One picture of a report, once for each strategy, with boxes in the colours of what they mean.
struct PicturePanels {
  let number: Int
  let picture: ComparedPictures.Picture
  let jpeg: [UInt8]
  let sourceSize: Size
  let strategyNames: [String]
  let classNames: [String]
  let isLabelled: Bool

  func html() -> String {
    let size = "\(sourceSize.width) \(sourceSize.height)"
    var html = "<div class=\"card picture\"><h3>\(HTMLText.escaped(picture.path.shown))</h3>\n"
    // The pixels once; each panel uses them.
    html += """
      <svg class="store" aria-hidden="true"><defs><image id="p\(number)" \
      width="\(sourceSize.width)" height="\(sourceSize.height)" preserveAspectRatio="none" \
      href="data:image/jpeg;base64,\(Base64.string(of: jpeg))"/></defs></svg>
      <div class="panels">

      """
    for strategy in strategyNames.indices {
      html += "<figure><svg viewBox=\"0 0 \(size)\"><use href=\"#p\(number)\"/>\n"
      html += boxes(of: strategy)
      html += "</svg><figcaption><b>\(HTMLText.escaped(strategyNames[strategy]))</b>"
      html += "<span>\(HTMLText.escaped(summary(of: strategy)))</span></figcaption></figure>\n"
    }
    return html + "</div></div>\n"
  }

  private func boxes(of strategy: Int) -> String {
    let objects = picture.objects
    var svg = ""
    for (index, found) in picture.found[strategy].enumerated() {
      let style: String
      if let object = objects.shown[strategy][index] {
        let isAlone = strategyNames.count > 1 && objects.isFoundOnly(by: strategy, object: object)
        style = isAlone ? "alone" : "found"
      } else {
        style = isLabelled ? "wrong" : "found"
      }
      let title = "\(name(found.classIndex)) \(Fixed.text(found.score, decimals: 2))"
      svg += rectangle(found.box, style: style, title: title)
    }
    for (index, object) in objects.objects.enumerated()
    where !objects.isFound[strategy][index] && objects.isFound.contains(where: { $0[index] }) {
      svg += rectangle(object.box, style: "missed", title: "missed: \(name(object.classIndex))")
    }
    return svg
  }

  private func rectangle(_ box: OriginSizeBox, style: String, title: String) -> String {
    let numbers = [box.x, box.y, max(box.width, 0), max(box.height, 0)].map(HTMLText.number)
    return "<rect class=\"b-\(style)\" x=\"\(numbers[0])\" y=\"\(numbers[1])\" "
      + "width=\"\(numbers[2])\" height=\"\(numbers[3])\">"
      + "<title>\(HTMLText.escaped(title))</title></rect>\n"
  }

  private func summary(of strategy: Int) -> String {
    let objects = picture.objects
    let indices = objects.objects.indices
    let found = objects.isFound[strategy].count { $0 }
    var parts = [isLabelled ? "\(found) of \(indices.count) found" : "\(found) found"]
    if strategyNames.count > 1 {
      let alone = indices.count { objects.isFoundOnly(by: strategy, object: $0) }
      if alone > 0 { parts.append("\(alone) by it alone") }
    }
    let missed = indices.count { index in
      !objects.isFound[strategy][index] && objects.isFound.contains { $0[index] }
    }
    if missed > 0 { parts.append("\(missed) missed") }
    if isLabelled {
      let wrong = objects.shown[strategy].count { $0 == nil }
      if wrong > 0 { parts.append("\(wrong) wrong") }
    }
    return parts.joined(separator: ", ")
  }

  private func name(_ index: Int) -> String {
    classNames.indices.contains(index) ? classNames[index] : "\(index)"
  }
}
